import { spawnSync } from 'node:child_process'
import { usageError } from '@dragonfab/core'
import { canAsk } from '../process/prompt.ts'

/** What the program lends to secrets that are looked up: the configuration imports them, so nothing can be handed to them there. */
export interface PromptContext {
  /** The config's folder. */
  directory?: string | undefined
  /** Takes a live display away while a person is asked; gives what brings it back. */
  pause?: (() => () => void) | undefined
  /** What commands and people answered, by where it was looked up. */
  answers?: Map<string, string> | undefined
}

const contextKey = Symbol.for('dragonfab.secret.asking')

/** One for the process: the program and the configuration may have loaded this module twice. */
export function promptContext(): PromptContext {
  const here = globalThis as { [contextKey]?: PromptContext }
  here[contextKey] ??= {}
  return here[contextKey]
}

/** What was answered in this run, or what `find` gives now. */
export function lookUpOnce(source: string, find: () => string): string {
  const context = promptContext()
  context.answers ??= new Map()
  const value = context.answers.get(source) ?? find()
  context.answers.set(source, value)
  return value
}

/** Asks while no live display is drawn. */
export function askUndisturbed<T>(ask: () => T): T {
  const resume = promptContext().pause?.()
  try {
    return ask()
  } finally {
    resume?.()
  }
}

// A secret is looked up in the middle of building a text, which cannot wait, so another process asks. Ctrl-C reaches both. The echo goes before the
// question is shown: who answers at once, as expect(1) does, must not be seen either.
const script = `was=$(stty -g) || exit
trap 'stty "$was"; echo >&2; exit 130' INT TERM HUP
stty -echo
printf '%s ' "$1" >&2
IFS= read -r answer
stty "$was"
echo >&2
printf %s "$answer"`

/** Asks for what is typed unseen. */
export function askPerson(question: string): string {
  if (!canAsk()) {
    throw usageError({
      code: 'NO_TERMINAL',
      message: `the secret “${question}” is typed by a person, and nobody can be asked here`,
      remedy: 'run it at a terminal, or take it from secret.env, secret.file or secret.command',
    })
  }
  const { stdout, status } = spawnSync('sh', ['-c', script, 'sh', question], { encoding: 'utf8', stdio: ['inherit', 'pipe', 'inherit'] })
  if (status !== 0 || stdout === '') throw usageError({ code: 'NO_ANSWER', message: `no answer to: ${question}` })
  return stdout
}
