import { check, isSecret, type Secret, usageError } from '@dragonfab/core'
import { findValueProblem } from './encode.ts'

export type DotenvValue = string | number | boolean | Secret
export type Dotenv = Readonly<Record<string, DotenvValue>>

/** Names that dash, bash or busybox keep for themselves: read-only ones end the reading of the file, others give back something else. */
const reservedNames = new Set(
  `_ BASHOPTS BASHPID BASH_ARGC BASH_ARGV BASH_COMMAND BASH_COMPAT BASH_LINENO BASH_SOURCE BASH_SUBSHELL BASH_VERSINFO BASH_XTRACEFD
  DIRSTACK EPOCHREALTIME EPOCHSECONDS EUID FUNCNAME GROUPS HISTCMD LINENO OPTIND PIPESTATUS PPID RANDOM SECONDS SHELLOPTS SRANDOM UID`.split(
    /\s+/,
  ),
)

/** Why this cannot be the name of a variable in `.env`, or nothing. */
export function findNameProblem(name: string): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return 'is not the name of an environment variable (letters, digits and _, no digit first)'
  if (reservedNames.has(name)) return 'is kept by shells for themselves, so they would not read it back'
  return undefined
}

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
