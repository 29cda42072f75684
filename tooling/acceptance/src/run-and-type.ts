import { spawn } from 'node:child_process'
import { type CommandResult, waitUntil } from '@dragonfab/test-kit'

/** What is shown before each answer, and the answer. */
export type TypedAnswer = readonly [shown: string, typed: string]

/** Runs a command at a real pseudo-terminal (`script`), and types answers when they are asked for. Gives what the terminal showed. */
export async function runAndType(
  argv: readonly string[],
  answers: readonly TypedAnswer[],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string | undefined>> },
): Promise<Pick<CommandResult, 'status' | 'stdout'>> {
  const words = argv.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ')
  const child = spawn('script', ['--quiet', '--return', '--flush', '--command', words, '/dev/null'], {
    ...options,
    env: { ...options.env, SHELL: '/bin/sh' },
  })
  let shown = ''
  let hasEnded = false
  child.stdout.on('data', (chunk: Buffer) => {
    shown += chunk
  })
  const ended = new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status) => {
      hasEnded = true
      resolve(status ?? 1)
    })
  })
  for (const [text, answer] of answers) {
    await waitUntil(`the terminal to show ${text}`, () => hasEnded || shown.includes(text), 30_000)
    child.stdin.write(`${answer}\r`)
  }
  const status = await ended
  return { status, stdout: shown }
}
