import type { Prompt } from './options.ts'

/** Admits `limit` holders at the same time. The others wait in order. */
export interface Gate {
  /** Resolves with a function that leaves the gate. Call it exactly once. */
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

/** Asks one question at a time, because several hosts may connect at once. `undefined` if there is nobody to ask. */
export function serializeQuestions(prompt: Prompt | undefined): Prompt | undefined {
  if (!prompt) return undefined
  const singleGate = createGate(1)
  return async (question, options) => {
    const leave = await singleGate.enter()
    try {
      return await prompt(question, options)
    } finally {
      leave()
    }
  }
}
