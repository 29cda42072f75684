import { gate } from './gate.ts'
import type { Prompt } from './options.ts'

export type Ask = Prompt

/** One question at a time: ten hosts that connect at once must not ask over each other. `undefined` when nobody can be asked. */
export function questions(prompt: Prompt | undefined): Ask | undefined {
  if (!prompt) return undefined
  const one = gate(1)
  return async (question, options) => {
    const leave = await one.enter()
    try {
      return await prompt(question, options)
    } finally {
      leave()
    }
  }
}
