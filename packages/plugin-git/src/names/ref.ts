import { hasControl } from './path.ts'

/**
 * What is wrong with the name of a branch or tag, or undefined. These are the rules of `git check-ref-format` (man page, rules 1–10), so it
 * refuses only names that git cannot have. It also refuses a leading `-`, which git would take for an option, whatever the quoting.
 */
export function findRefProblem(name: string): string | undefined {
  if (name === '') return 'should be the name of a branch or tag, or a commit'
  if (name.startsWith('-')) return 'must not begin with `-`: git would take it for an option'
  if (hasControl(name)) return 'must not have control characters'
  if (name.includes('@{') || name === '@') return 'should be a name or a commit, without `@{…}`, whose meaning depends on the repository'
  if (/[ ~^:?*[\\]/.test(name)) return 'must not have blanks or any of ~ ^ : ? * [ \\'
  if (name.includes('..')) return 'must not have `..`'
  if (name.startsWith('/') || name.endsWith('/') || name.includes('//')) return 'must not begin or end with `/`, or have two in a row'
  if (name.endsWith('.') || name.split('/').some((part) => part.startsWith('.') || part.endsWith('.lock'))) {
    return 'must not end with `.` or `.lock`, nor have a part that begins with `.`'
  }
  return undefined
}

/** A whole commit id (SHA-1, or SHA-256 in repositories of that format). */
export const isCommit = (name: string): boolean => /^([0-9a-f]{40}|[0-9a-f]{64})$/i.test(name)

/** Whether it may be an abbreviated commit id. It may also be the name of a branch. */
export const maybeCommit = (name: string): boolean => /^[0-9a-f]{7,63}$/i.test(name) && !isCommit(name)
