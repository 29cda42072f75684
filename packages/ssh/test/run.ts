import type { ExecOptions, ExecResult, Executor } from '@dragonfab/core'

export interface ScriptOutput extends ExecResult {
  readonly stdout: Buffer
  readonly stderr: Buffer
  readonly text: string
}

/** Runs a command to its end, as a caller of an executor does. */
export async function run(
  executor: Executor,
  argv: readonly string[],
  options: Omit<ExecOptions, 'timeoutMs' | 'onOutput'> & { stdin?: string | Uint8Array } = {},
): Promise<ScriptOutput> {
  const out: Uint8Array[] = []
  const err: Uint8Array[] = []
  const { stdin, ...rest } = options
  const command = await executor.open(argv, { ...rest, onOutput: (stream, chunk) => void (stream === 'stdout' ? out : err).push(chunk) })
  if (stdin !== undefined) await command.write(stdin as string).catch(() => undefined)
  command.end()
  const result = await command.done
  const stdout = Buffer.concat(out)
  return { ...result, stdout, stderr: Buffer.concat(err), text: stdout.toString() }
}

export const script = (executor: Executor, text: string, options: Parameters<typeof run>[2] = {}) =>
  run(executor, ['sh', '-c', text], options)
