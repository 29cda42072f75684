/** A time limit that pauses while a person is asked. */
export interface Deadline {
  /** Waits for `work`. The time limit is paused meanwhile. */
  pause<T>(work: () => Promise<T>): Promise<T>
  stop(): void
}

export function startDeadline(limitMs: number, onOver: () => void): Deadline {
  let msLeft = limitMs
  let runningSince = performance.now()
  let pauseCount = 0
  let stopped = false
  let timer = setTimeout(onOver, msLeft)
  const stopTimer = () => {
    clearTimeout(timer)
    msLeft -= performance.now() - runningSince
  }
  return {
    pause: async (work) => {
      if (pauseCount++ === 0) stopTimer()
      try {
        return await work()
      } finally {
        if (--pauseCount === 0 && !stopped) {
          runningSince = performance.now()
          timer = setTimeout(onOver, Math.max(msLeft, 0))
        }
      }
    },
    stop: () => {
      stopped = true
      clearTimeout(timer)
    },
  }
}
