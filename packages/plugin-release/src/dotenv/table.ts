import { check, isSecret, reveal, type Secret } from '@dragonfab/core'
import { findValueProblem } from './encode.ts'
import { findNameProblem } from './names.ts'

export type DotenvValue = string | number | boolean | Secret
export type Dotenv = Readonly<Record<string, DotenvValue>>

/** The text of a value; of a secret too, so never for people. */
export const plainText = (value: DotenvValue): string => (isSecret(value) ? reveal(value) : String(value))

/** All of an environment, names and values, that Linux passes on with some room for others. */
const maxEnvironmentBytes = 1_000_000

/** Checks the finished table: names, and that every value can be written. Tells all that is wrong, and shows no value. */
export const dotenvSchema = check<Dotenv>((input) => {
  const entries = Object.entries(input as Dotenv).map(([name, value]) => [name, plainText(value)] as const)
  const issues = entries.flatMap(([name, value]) => {
    const wrong = findNameProblem(name) ?? findValueProblem(name, value)
    return wrong ? [{ message: wrong, path: [name] }] : []
  })
  const size = entries.reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value) + 2, 0)
  if (size > maxEnvironmentBytes)
    issues.push({ message: `is ${size} bytes long; Linux takes no environment over about ${maxEnvironmentBytes}`, path: [] })
  return issues.length ? { issues } : { value: input as Dotenv }
})
