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

export interface Interrupted extends Interruption {
  /** Gives the signals back. */
  end(): void
  /** Interrupts as a signal would, with this status. */
  raise(status: number): void
  /** While a command has the terminal a Ctrl-C is for it; the result ends that. */
  hold(): () => void
}

/** Listens to this process's signals: the first asks to stop, the second to stop now. */
export function interruptedBySignals(): Interrupted {
  const stop = new AbortController()
  const now = new AbortController()
  let status: number = statuses.SIGINT
  let held = 0
  const heard = (signal: NodeJS.Signals): void => {
    if (held && signal === 'SIGINT') return
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
    raise(reason) {
      if (stop.signal.aborted) return
      status = reason
      stop.abort()
    },
    hold() {
      held++
      return () => void held--
    },
    end() {
      for (const signal of signals) process.off(signal, heard)
    },
  }
}
