import { spawnSync } from 'node:child_process'
import { usageError } from '@dragonfab/core'
import { canAsk } from '../process/prompt.ts'

/** Data that secrets need when they are looked up. The configuration creates them by import, so nothing can be passed to them. */
export interface PromptContext {
  /** The config's folder. */
  directory?: string | undefined
  /** Stops the live display while a person is asked. Returns the function that continues it. */
  pause?: (() => () => void) | undefined
  /** The answers of commands and people, by source. */
  answers?: Map<string, string> | undefined
}

const contextKey = Symbol.for('dragonfab.secret.asking')

/** There is one for the process, because the program and the configuration may have loaded this module twice. */
export function promptContext(): PromptContext {
  const here = globalThis as { [contextKey]?: PromptContext }
  here[contextKey] ??= {}
  return here[contextKey]
}

/** Returns the answer from earlier in this run, or calls `find`. */
export function lookUpOnce(source: string, find: () => string): string {
  const context = promptContext()
  context.answers ??= new Map()
  const value = context.answers.get(source) ?? find()
  context.answers.set(source, value)
  return value
}

/** Asks while the live display is stopped. */
export function askUndisturbed<T>(ask: () => T): T {
  const resume = promptContext().pause?.()
  try {
    return ask()
  } finally {
    resume?.()
  }
}

// A secret is looked up synchronously, while a text is built, so another process asks. Ctrl-C reaches both. The echo is turned off before the
// question is shown, because a program such as expect(1) answers at once.
const script = `settings=$(stty -g) || exit
trap 'stty "$settings"; echo >&2; exit 130' INT TERM HUP
stty -echo
printf '%s ' "$1" >&2
IFS= read -r answer
stty "$settings"
echo >&2
printf %s "$answer"`

/** Asks for a text and does not show it while it is typed. */
export function askPerson(question: string): string {
  if (!canAsk()) {
    throw usageError({
      code: 'NO_TERMINAL',
      message: `the secret “${question}” must be typed at a terminal, and there is none`,
      remedy: 'run this at a terminal, or use secret.env, secret.file or secret.command',
    })
  }
  const { stdout, status } = spawnSync('sh', ['-c', script, 'sh', question], { encoding: 'utf8', stdio: ['inherit', 'pipe', 'inherit'] })
  if (status !== 0 || stdout === '') throw usageError({ code: 'NO_ANSWER', message: `no answer to: ${question}` })
  return stdout
}
