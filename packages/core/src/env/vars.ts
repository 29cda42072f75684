import { show, unusableText } from '../config/parse.ts'
import { isPlain } from '../plain.ts'
import { isSecret } from '../secret.ts'

/** `keepReleases` and `should be …`; or `linkedFiles` and `[0] should be …`. */
export function sentence(path: string, problem: string): string {
  return /^[.[]/.test(problem) ? `${path}${problem}` : `${path} ${problem}`
}

/** A project's own variable may be anything that JSON can say, a secret, or a function of env. */
export function varProblems(value: unknown, place = ''): readonly string[] {
  if (value === null || value === undefined || typeof value === 'boolean' || typeof value === 'function' || isSecret(value)) return []
  if (typeof value === 'string') {
    const unusable = unusableText(value)
    return unusable ? [`${place} ${unusable}`] : []
  }
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [`${place} should be a number, not ${show(value)}`]
  if (Array.isArray(value)) return value.flatMap((entry, index) => varProblems(entry, `${place}[${index}]`))
  if (isPlain(value)) return Object.entries(value).flatMap(([key, entry]) => varProblems(entry, `${place}.${key}`))
  return [`${place} should be text, a number, true or false, a list, a table, or a secret`]
}
