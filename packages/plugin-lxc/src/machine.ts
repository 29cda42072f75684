import {
  type ConnectContext,
  collect,
  DragonfabError,
  type ExecResult,
  type Executor,
  type Fragment,
  render,
  type StepFailure,
} from '@dragonfab/core'
import type { LxcEnv } from './env.ts'
import { exitStatus, failures } from './exit-statuses.ts'

/** The container's machine, as the user who may use LXC: root, unless `lxcSudo` is false. */
export async function machineOf({ env, executor, as }: ConnectContext<LxcEnv>): Promise<Executor> {
  return !env.lxcSudo || (await isRoot(executor)) ? executor : as('root')
}

export async function isRoot(executor: Executor): Promise<boolean> {
  return (await collect(executor, ['id', '-u'])).stdout.trim() === '0'
}

/**
 * Runs a script of this plugin on the container's machine. `line` receives its output as it comes: a container takes a while to start, and what happens is
 * shown meanwhile, so this is not `collect`. Rejects with the problem of the script's exit status.
 */
export async function runOnMachine(machine: Executor, text: Fragment, host: string, line: (text: string) => void): Promise<void> {
  const { all, take } = createListener(line)
  const command = await machine.open(['sh', '-c', 'eval "$(cat)" </dev/null'], { onOutput: take })
  // A program that ends without reading, such as sudo, gives its reason in its exit.
  await command.write(render(text)).catch(() => undefined)
  command.end()
  const end = await command.done
  if (end.status !== 0) throw createLxcError({ ...end, ...all }, host)
}

/** The error for a script of this plugin that failed. */
export function createLxcError({ status, stdout, stderr, lost }: ExecResult & CapturedOutput, host: string): DragonfabError {
  const lastLine = (text: string) => text.trimEnd().split('\n').at(-1) ?? ''
  const refused = stdout === '' && /^sudo: /m.test(stderr)
  const { code, message, remedy } = (failures[refused ? exitStatus.denied : (status ?? -1)] ?? failures[exitStatus.other]) as StepFailure
  const cause = stderr.trim() || lost
  return new DragonfabError({
    code,
    host,
    message: message.replace('$OUTPUT', () => lastLine(refused ? stderr : stdout) || lastLine(stderr) || 'the connection was lost'),
    ...(remedy !== undefined && { remedy }),
    ...(cause ? { cause } : {}),
  })
}

interface CapturedOutput {
  readonly stdout: string
  readonly stderr: string
}

/** Collects the output of a command. `line` receives the lines of its standard output. */
export function createListener(line?: (text: string) => void) {
  const all = { stdout: '', stderr: '' }
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() }
  let partialLine = ''
  const take = (stream: 'stdout' | 'stderr', chunk: Uint8Array): void => {
    const text = decoders[stream].decode(chunk, { stream: true })
    all[stream] += text
    if (stream === 'stderr') return
    const lines = `${partialLine}${text}`.split('\n')
    partialLine = lines.pop() ?? ''
    for (const each of lines) line?.(each)
  }
  return { all, take }
}
