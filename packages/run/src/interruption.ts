/** Two stages: `stop` ends what runs and goes the way back in order; `now` drops everything at once (the hosts end it themselves). */
export interface Interruption {
  readonly stop: AbortSignal
  readonly now: AbortSignal
  /** 130 for SIGINT, 143 for SIGTERM, 129 for SIGHUP. */
  readonly status: number
}

/** One that never comes. */
export function uninterrupted(): Interruption {
  return { stop: new AbortController().signal, now: new AbortController().signal, status: 130 }
}

const statuses = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/** Listens to this process's signals: the first asks to stop, the second to stop now. `end` gives the signals back. */
export function interruptedBySignals(): Interruption & { end(): void } {
  const stop = new AbortController()
  const now = new AbortController()
  let status: number = statuses.SIGINT
  const heard = (signal: NodeJS.Signals): void => {
    if (stop.signal.aborted) now.abort()
    else {
      status = statuses[signal as keyof typeof statuses]
      stop.abort()
    }
  }
  const signals = Object.keys(statuses) as (keyof typeof statuses)[]
  for (const signal of signals) process.on(signal, heard)
  return {
    stop: stop.signal,
    now: now.signal,
    get status() {
      return status
    },
    end() {
      for (const signal of signals) process.off(signal, heard)
    },
  }
}
