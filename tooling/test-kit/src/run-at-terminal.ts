import { spawn } from 'node:child_process'
import { resolveCli } from './run-cli.ts'
import { waitUntil } from './wait-until.ts'

export interface TerminalOptions {
  readonly cwd: string
  /** Added to this process's own; an `undefined` takes a variable out. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** What is typed when a text has appeared, one after the other: `[['Go on?', 'y\r']]`. */
  readonly typed?: readonly (readonly [appears: string, typed: string])[] | undefined
}

/** Runs the built program at a real terminal (that of `script`) to its end; `said` is all that stood on it, without carriage returns. */
export async function runAtTerminal(
  args: readonly string[],
  { cwd, env, typed = [] }: TerminalOptions,
): Promise<{ readonly status: number | null; readonly said: string }> {
  const line = [...resolveCli(), ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ')
  const child = spawn('script', ['-qefc', line, '/dev/null'], { cwd, env: { ...process.env, CI: undefined, TERM: 'xterm', ...env } })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk
  })
  let over = false
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve)).finally(() => {
    over = true
  })
  try {
    let from = 0
    for (const [appears, answer] of typed) {
      const there = () => said.includes(appears, from)
      await waitUntil(`the terminal to show ${appears}`, () => there() || over, 60_000).catch((error: Error) => {
        throw new Error(`${error.message}; it shows ${said}`)
      })
      if (!there()) throw new Error(`the terminal never showed ${appears}, but ${said}`)
      from = said.length
      child.stdin.write(answer)
    }
    return { status: await ended, said: said.replaceAll('\r', '') }
  } finally {
    child.kill('SIGKILL')
  }
}
