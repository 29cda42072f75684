import { check, type StandardSchema } from '@dragonfab/core'

/** A check for a text option: `problem` says what the value should be, or nothing when it is right. */
export function createTextCheck(problem: (value: string) => string | undefined): StandardSchema<string> {
  return check((value) => {
    const message = value === '' ? undefined : problem(String(value))
    return message === undefined ? { value: String(value) } : { issues: [{ message }] }
  })
}

/** What is wrong with a path within the release, or nothing. */
export function findPathProblem(path: string): string | undefined {
  if (/[\0-\x1f\x7f]/.test(path)) return 'must not have control characters'
  if (path.startsWith('/') || path.startsWith('-')) return 'should be a path within the release'
  if (path.endsWith('/') || path.split('/').some((part) => part === '..' || part === '.' || part === '')) {
    return 'should be the name of a file, or a path to it, without `.`, `..` and empty parts'
  }
  return undefined
}
