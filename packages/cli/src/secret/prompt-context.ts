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
