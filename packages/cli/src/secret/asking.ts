/** What the program lends to secrets that are looked up: the configuration imports them, so nothing can be handed to them there. */
export interface Asking {
  /** The config's folder. */
  directory?: string | undefined
  /** Takes a live display away while a person is asked; gives what brings it back. */
  pause?: (() => () => void) | undefined
}

const place = Symbol.for('dragonfab.secret.asking')

/** One for the process: the program and the configuration may have loaded this module twice. */
export function asking(): Asking {
  const here = globalThis as { [place]?: Asking }
  here[place] ??= {}
  return here[place]
}

/** Asks while no live display is drawn. */
export function undisturbed<T>(ask: () => T): T {
  const resume = asking().pause?.()
  try {
    return ask()
  } finally {
    resume?.()
  }
}
