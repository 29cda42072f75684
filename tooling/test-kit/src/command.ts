import { spawn } from 'node:child_process'
import { constants } from 'node:os'

export interface CommandOptions {
  readonly cwd?: string | undefined
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  readonly stdin?: string | Uint8Array | undefined
  /** Milliseconds until the command is killed with its whole process group; 120,000 by default. */
  readonly timeoutMs?: number | undefined
  /** How to read the output; `latin1` keeps every byte as a character. `utf8` by default. */
  readonly encoding?: 'utf8' | 'latin1' | undefined
  /** Uid and gid to run as. */
  readonly as?: { readonly uid: number; readonly gid: number } | undefined
}

export interface CommandResult {
  /** The exit status; 128 + signal number where a signal ended it, as a shell tells it. */
  readonly status: number
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  readonly ms: number
}

/** A command that runs in a process group of its own. */
export interface RunningCommand {
  readonly pid: number
  /** What it has written so far: standard output, then standard error. */
  output(): string
  /** Signals its whole group; false where nothing is left of it. */
  kill(signal: NodeJS.Signals): boolean
  /** Rejects only when it cannot be started or takes too long. */
  readonly result: Promise<CommandResult>
}

/** Starts a command, for a test that does something to it. */
export function startCommand(argv: readonly string[], options: CommandOptions = {}): RunningCommand {
  const [file, ...args] = argv
  if (file === undefined) throw new Error('start: nothing to run')
  const began = performance.now()
  const child = spawn(file, args, { cwd: options.cwd, env: options.env ?? process.env, detached: true, ...options.as })
  const out: Buffer[] = []
  const err: Buffer[] = []
  const output = () => Buffer.concat([...out, ...err]).toString(options.encoding)
  const kill = (signal: NodeJS.Signals) => {
    try {
      return child.pid !== undefined && process.kill(-child.pid, signal)
    } catch {
      return false
    }
  }
  const result = new Promise<CommandResult>((resolve, reject) => {
    const limit = options.timeoutMs ?? 120_000
    const timer = setTimeout(() => {
      kill('SIGKILL')
      reject(new Error(`${argv.join(' ')}: still running after ${limit} ms\n${output()}`))
    }, limit)
    child.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    child.on('close', (status, signal) => {
      clearTimeout(timer)
      resolve({
        status: status ?? 128 + (constants.signals[signal ?? 'SIGKILL'] ?? 0),
        signal,
        stdout: Buffer.concat(out).toString(options.encoding),
        stderr: Buffer.concat(err).toString(options.encoding),
        ms: performance.now() - began,
      })
    })
  })
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
  // A command that ends without reading its input is no failure of the test.
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.stdin)
  return { pid: child.pid ?? 0, output, kill, result }
}

/** Runs a command to its end and tells all about it, whatever its status. */
export function runCommand(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  return startCommand(argv, options).result
}

/** Runs a command that must succeed; gives its standard output. */
export async function mustRun(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const result = await runCommand(argv, options)
  if (result.status !== 0) throw new Error(`${argv.join(' ')}: exit status ${result.status}\n${result.stdout}${result.stderr}`)
  return result.stdout
}

/** What ended with status 0; anything else fails the test with what it printed. */
export function assertSucceeded<T extends Pick<CommandResult, 'status' | 'stdout' | 'stderr'>>(result: T): T {
  if (result.status !== 0) throw new Error(`ended with status ${result.status}\n${result.stdout}${result.stderr}`)
  return result
}
