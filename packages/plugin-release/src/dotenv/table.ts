import { check, isSecret, type Secret, usageError } from '@dragonfab/core'
import { findValueProblem } from './encode.ts'
import { findNameProblem } from './names.ts'

export type DotenvValue = string | number | boolean | Secret
export type Dotenv = Readonly<Record<string, DotenvValue>>

/** All of an environment, names and values, that Linux passes on with some room for others. */
const maxEnvironmentBytes = 1_000_000

const sizeOf = (name: string, text: string): number => Buffer.byteLength(name) + Buffer.byteLength(text) + 2
const describeSize = (size: number): string => `is ${size} bytes long; Linux takes no environment over about ${maxEnvironmentBytes}`

/**
 * Checks the finished table: names, and that every value can be written. Secrets are not looked up for it: see {@link secretCheck}. Tells all
 * that is wrong, and shows no value.
 */
export const dotenvSchema = check<Dotenv>((input) => {
  // Of a secret only the name is known.
  const entries = Object.entries(input as Dotenv).map(([name, value]) => [name, isSecret(value) ? '' : String(value)] as const)
  const issues = entries.flatMap(([name, value]) => {
    const wrong = findNameProblem(name) ?? findValueProblem(name, value)
    return wrong ? [{ message: wrong, path: [name] }] : []
  })
  const size = entries.reduce((sum, [name, value]) => sum + sizeOf(name, value), 0)
  if (size > maxEnvironmentBytes) issues.push({ message: describeSize(size), path: [] })
  return issues.length ? { issues } : { value: input as Dotenv }
})

/** Checks the secrets of a table, each when it has been looked up, and gives its text back. */
export function secretCheck(values: Dotenv): (name: string, text: string) => string {
  const sizes = new Map(Object.entries(values).map(([name, value]) => [name, sizeOf(name, isSecret(value) ? '' : String(value))]))
  return (name, text) => {
    sizes.set(name, sizeOf(name, text))
    const size = [...sizes.values()].reduce((sum, each) => sum + each, 0)
    const wrong = findValueProblem(name, text)
    if (wrong) throw usageError({ code: 'BAD_VALUE', message: `dotenv.${name} is not right: ${wrong}` })
    if (size > maxEnvironmentBytes) throw usageError({ code: 'BAD_VALUE', message: `dotenv is not right: ${describeSize(size)}` })
    return text
  }
}
