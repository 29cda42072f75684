/** Lets `limit` holders in at once, the others wait in order. */
export interface Gate {
  /** Resolves with the way out, which must be called once. */
  enter(): Promise<() => void>
}

export function createGate(limit: number): Gate {
  let holders = 0
  const waiting: (() => void)[] = []
  const leave = () => {
    const next = waiting.shift()
    if (next) next()
    else holders--
  }
  const makeLeave = () => {
    let hasLeft = false
    return () => {
      if (!hasLeft) leave()
      hasLeft = true
    }
  }
  return {
    enter: async () => {
      if (holders < limit) holders++
      else await new Promise<void>((resolve) => waiting.push(resolve))
      return makeLeave()
    },
  }
}
