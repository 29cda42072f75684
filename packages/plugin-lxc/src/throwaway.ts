import { randomBytes } from 'node:crypto'
import { type Executor, render } from '@dragonfab/core'
import { attachExecutor } from './attach.ts'
import { failureOf, isRoot, listener } from './machine.ts'
import { keep } from './shell/keep.ts'

export interface ThrowawayOptions {
  /** The machine of the container, as a user who is root there or may become it by sudo without a password. */
  readonly machine: Executor
  /** Its name, for errors. */
  readonly host: string
  /** The container to clone: stopped, its root file system in a folder. */
  readonly template: string
  /** The folder of the containers on the machine; LXC's own by default. */
  readonly path?: string | undefined
  /** Seconds that the container may take until it has an address. */
  readonly wait: number
  readonly signal: AbortSignal
  /** Takes a line for people. */
  log(line: string): void
}

export interface Throwaway {
  readonly name: string
  /** Commands in it, as root. */
  readonly executor: Executor
  /** Removes it with all that is in it. */
  remove(): Promise<void>
}

/**
 * A container for one job, up and with an address: an overlay of the template. A script on its machine holds it for as long as this program
 * is connected, and removes it when that is over, however it came to its end. What a machine has left that went down is removed by the next one.
 */
export async function throwaway({ machine, host, template, path, wait, signal, log }: ThrowawayOptions): Promise<Throwaway> {
  signal.throwIfAborted()
  const root = (await isRoot(machine)) ? machine : byRoot(machine)
  const name = `throwaway-${randomBytes(4).toString('hex')}`
  let place = ''
  let ready = () => {}
  const up = new Promise<true>((resolve) => {
    ready = () => resolve(true)
  })
  const { all, take } = listener((line) => {
    const [, kind, rest = ''] = /^(note|path|ready)(?: (.*))?$/.exec(line) ?? []
    if (kind === 'note') log(`${name}: ${rest}`)
    if (kind === 'path') place = rest
    if (kind === 'ready') ready()
  })
  // An argument, for its input is how it knows that somebody still wants the container.
  const script = render(keep({ name, template, path, wait }), () => '')
  const keeper = await root.open(['sh', '-c', script], { onOutput: take })
  const remove = async () => {
    keeper.end()
    const limit = setTimeout(() => keeper.close(), 60_000)
    const end = await keeper.done
    clearTimeout(limit)
    if (end.status !== 0) throw failureOf({ ...end, ...all }, host)
  }
  const aborted = new Promise<false>((resolve) => signal.addEventListener('abort', () => resolve(false), { once: true }))
  const begun = await Promise.race([up, aborted, keeper.done])
  if (begun === false) {
    await remove()
    signal.throwIfAborted()
  }
  if (begun !== true) throw failureOf({ ...(await keeper.done), ...all }, host)
  return { name, executor: attachExecutor(root, { name, path: place, user: 'root' }), remove }
}

const byRoot = (machine: Executor): Executor => ({
  label: `${machine.label} › sudo`,
  open: (argv, options) => machine.open(['sudo', '-n', '-H', '--', ...argv], options),
  close: () => machine.close(),
})
