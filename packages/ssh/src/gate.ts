/** Lets `limit` holders in at once, the others wait in order. */
export interface Gate {
  /** Resolves with the way out, which must be called once. */
  enter(): Promise<() => void>
}

export function gate(limit: number): Gate {
  let inside = 0
  const waiting: (() => void)[] = []
  const leave = () => {
    const next = waiting.shift()
    if (next) next()
    else inside--
  }
  const once = () => {
    let left = false
    return () => {
      if (!left) leave()
      left = true
    }
  }
  return {
    enter: async () => {
      if (inside < limit) inside++
      else await new Promise<void>((resolve) => waiting.push(resolve))
      return once()
    },
  }
}
