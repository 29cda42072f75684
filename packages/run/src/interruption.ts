/** An interruption has two stages. `stop` ends running steps and undoes the task in order. `abort` closes all connections at once, and hosts end their running steps. */
export interface Interruption {
  readonly stop: AbortSignal
  readonly abort: AbortSignal
  /** 130 for SIGINT, 143 for SIGTERM, 129 for SIGHUP. */
  readonly status: number
}

/** An interruption that never happens. */
export function noInterruption(): Interruption {
  return { stop: new AbortController().signal, abort: new AbortController().signal, status: 130 }
}

const statuses = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

export interface SignalInterruption extends Interruption {
  /** Stops listening to the signals. */
  end(): void
  /** Interrupts as a signal would, with this status. */
  raise(status: number): void
  /** While a command has the terminal, Ctrl-C is for that command. Call the returned function when it has ended. */
  ignoreCtrlC(): () => void
}

/** Listens to this process's signals: the first one stops the run, the second one aborts it. */
export function listenForSignals(): SignalInterruption {
  const stop = new AbortController()
  const now = new AbortController()
  let status: number = statuses.SIGINT
  let ignoreCount = 0
  const onSignal = (signal: NodeJS.Signals): void => {
    if (ignoreCount && signal === 'SIGINT') return
    if (stop.signal.aborted) now.abort()
    else {
      status = statuses[signal as keyof typeof statuses]
      stop.abort()
    }
  }
  const signals = Object.keys(statuses) as (keyof typeof statuses)[]
  for (const signal of signals) process.on(signal, onSignal)
  return {
    stop: stop.signal,
    abort: now.signal,
    get status() {
      return status
    },
    raise(reason) {
      if (stop.signal.aborted) return
      status = reason
      stop.abort()
    },
    ignoreCtrlC() {
      ignoreCount++
      return () => void ignoreCount--
    },
    end() {
      for (const signal of signals) process.off(signal, onSignal)
    },
  }
}
