import { createGate } from './gate.ts'
import type { Prompt } from './options.ts'

export type Ask = Prompt

/** One question at a time: ten hosts that connect at once must not ask over each other. `undefined` when nobody can be asked. */
export function serializeQuestions(prompt: Prompt | undefined): Ask | undefined {
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
