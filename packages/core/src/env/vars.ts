import { describeUnusableText, describeValue } from '../config/parse.ts'
import { isPlainObject } from '../plain.ts'
import { isSecret } from '../secret.ts'

/** `keepReleases` and `should be …`; or `linkedFiles` and `[0] should be …`. */
export function toSentence(path: string, problem: string): string {
  return /^[.[]/.test(problem) ? `${path}${problem}` : `${path} ${problem}`
}

/** A project's own variable may be anything that JSON can say, a secret, or a function of env. */
export function findVarProblems(value: unknown, place = ''): readonly string[] {
  if (value === null || value === undefined || typeof value === 'boolean' || typeof value === 'function' || isSecret(value)) return []
  if (typeof value === 'string') {
    const unusable = describeUnusableText(value)
    return unusable ? [`${place} ${unusable}`] : []
  }
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [`${place} should be a number, not ${describeValue(value)}`]
  if (Array.isArray(value)) return value.flatMap((entry, index) => findVarProblems(entry, `${place}[${index}]`))
  if (isPlainObject(value)) return Object.entries(value).flatMap(([key, entry]) => findVarProblems(entry, `${place}.${key}`))
  return [`${place} should be text, a number, true or false, a list, a table, or a secret`]
}
