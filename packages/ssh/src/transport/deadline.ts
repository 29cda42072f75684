/** A time limit that stands still while a person is asked. */
export interface Deadline {
  /** Waits for `work` without the time counting. */
  pause<T>(work: () => Promise<T>): Promise<T>
  stop(): void
}

export function deadline(limitMs: number, onOver: () => void): Deadline {
  let left = limitMs
  let since = performance.now()
  let paused = 0
  let stopped = false
  let timer = setTimeout(onOver, left)
  const halt = () => {
    clearTimeout(timer)
    left -= performance.now() - since
  }
  return {
    pause: async (work) => {
      if (paused++ === 0) halt()
      try {
        return await work()
      } finally {
        if (--paused === 0 && !stopped) {
          since = performance.now()
          timer = setTimeout(onOver, Math.max(left, 0))
        }
      }
    },
    stop: () => {
      stopped = true
      clearTimeout(timer)
    },
  }
}
