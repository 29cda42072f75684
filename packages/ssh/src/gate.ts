import type { Prompt } from './options.ts'

/** Lets `limit` holders in at once. The others wait in order. */
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

/** One question at a time: ten hosts that connect at once must not ask over each other. `undefined` if nobody can be asked. */
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
