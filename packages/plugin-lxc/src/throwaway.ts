import { randomBytes } from 'node:crypto'
import { type Executor, render } from '@dragonfab/core'
import { createAttachExecutor } from './attach-executor.ts'
import { createListener, createLxcError, isRoot } from './machine.ts'
import { keepContainer } from './shell/keep-container.ts'

export interface ThrowawayOptions {
  /** The container's machine, as root or as a user who may become root by sudo without a password. */
  readonly machine: Executor
  /** Its name, for errors. */
  readonly host: string
  /** The container to clone. It must be stopped, with its root file system in a folder. */
  readonly template: string
  /** The folder of the containers on the machine; by default LXC's own. */
  readonly path?: string | undefined
  /** How many seconds to wait until the container has an address. */
  readonly wait: number
  readonly signal: AbortSignal
  /** Receives a line for people. */
  log(line: string): void
}

export interface ThrowawayContainer {
  readonly name: string
  /** Runs commands in it, as root. */
  readonly executor: Executor
  /** Removes it with everything in it. */
  remove(): Promise<void>
}

/**
 * Makes a container for one job: an overlay of the template that is running and has an address. A script on its machine removes it as soon as this program
 * disconnects for any reason. If the machine itself crashes, the next throwaway container removes it.
 */
export async function createThrowaway({ machine, host, template, path, wait, signal, log }: ThrowawayOptions): Promise<ThrowawayContainer> {
  signal.throwIfAborted()
  const root = (await isRoot(machine)) ? machine : createSudoExecutor(machine)
  const name = `throwaway-${randomBytes(4).toString('hex')}`
  let containersPath = ''
  let markReady = () => {}
  const upPromise = new Promise<true>((resolve) => {
    markReady = () => resolve(true)
  })
  const { all, take } = createListener((line) => {
    const [, kind, rest = ''] = /^(note|path|ready)(?: (.*))?$/.exec(line) ?? []
    if (kind === 'note') log(`${name}: ${rest}`)
    if (kind === 'path') containersPath = rest
    if (kind === 'ready') markReady()
  })
  // As an argument, because the end of its input tells the script that nobody needs the container any more.
  const script = render(keepContainer({ name, template, path, wait }))
  const keeper = await root.open(['sh', '-c', script], { onOutput: take })
  const remove = async () => {
    keeper.end()
    const limit = setTimeout(() => keeper.close(), 60_000)
    const end = await keeper.done
    clearTimeout(limit)
    if (end.status !== 0) throw createLxcError({ ...end, ...all }, host)
  }
  const aborted = new Promise<false>((resolve) => signal.addEventListener('abort', () => resolve(false), { once: true }))
  const startResult = await Promise.race([upPromise, aborted, keeper.done])
  if (startResult === false) {
    await remove()
    signal.throwIfAborted()
  }
  if (startResult !== true) throw createLxcError({ ...(await keeper.done), ...all }, host)
  return { name, executor: createAttachExecutor(root, { name, path: containersPath, user: 'root' }), remove }
}

const createSudoExecutor = (machine: Executor): Executor => ({
  label: `${machine.label} › sudo`,
  open: (argv, options) => machine.open(['sudo', '-n', '-H', '--', ...argv], options),
  close: () => machine.close(),
})
