import { check, type StandardSchema } from '@dragonfab/core'

/** A check for a text option: `problem` says what the value should be, or nothing when it is right. */
export function createTextCheck(problem: (value: string) => string | undefined): StandardSchema<string> {
  return check((value) => {
    const message = problem(String(value))
    return message === undefined ? { value: String(value) } : { issues: [{ message }] }
  })
}

export const hasControl = (value: string): boolean => /[\0-\x1f\x7f]/.test(value)
