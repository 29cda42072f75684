import { check, type StandardSchema } from '@dragonfab/core'

/** A check for a text option. `problem` returns what is wrong with the value, or undefined. */
export function createTextCheck(problem: (value: string) => string | undefined): StandardSchema<string> {
  return check((value) => {
    const message = problem(String(value))
    return message === undefined ? { value: String(value) } : { issues: [{ message }] }
  })
}

export const hasControl = (value: string): boolean => /[\0-\x1f\x7f]/.test(value)

/** What is wrong with a path inside the repository or the release, or undefined. */
export function findPathProblem(path: string): string | undefined {
  if (hasControl(path)) return 'must not have control characters'
  if (path.startsWith('-')) return 'must not begin with `-`'
  if (path.startsWith('/')) return 'should be relative, since it is in the repository or in the release'
  const parts = path.replace(/\/+$/, '').split('/')
  if (parts.includes('..')) return 'must not contain `..`'
  if (parts.some((part) => part === '' || part === '.')) return 'should be a plain path such as `services/web`'
  if (parts.some((part) => part.toLowerCase() === '.git')) return 'must not be in .git'
  return undefined
}

/** A path without trailing slashes, as commands need it. */
export const trimSlashes = (path: string): string => path.replace(/\/+$/, '')

export const depthOf = (path: string): number => trimSlashes(path).split('/').length
