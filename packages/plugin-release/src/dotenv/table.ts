import { check, isSecret, type Secret, usageError } from '@dragonfab/core'
import { findValueProblem } from './encode.ts'

export type DotenvValue = string | number | boolean | Secret
export type Dotenv = Readonly<Record<string, DotenvValue>>

/** Names that dash, bash or busybox reserve: a shell stops reading the file at a read-only one, and others have a different value afterwards. */
const reservedNames = new Set(
  `_ BASHOPTS BASHPID BASH_ARGC BASH_ARGV BASH_COMMAND BASH_COMPAT BASH_LINENO BASH_SOURCE BASH_SUBSHELL BASH_VERSINFO BASH_XTRACEFD
  DIRSTACK EPOCHREALTIME EPOCHSECONDS EUID FUNCNAME GROUPS HISTCMD LINENO OPTIND PIPESTATUS PPID RANDOM SECONDS SHELLOPTS SRANDOM UID`.split(
    /\s+/,
  ),
)

/** Why this cannot be the name of a variable in `.env`; undefined if it can. */
export function findNameProblem(name: string): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return 'is not the name of an environment variable (letters, digits and _, no digit first)'
  if (reservedNames.has(name)) return 'is reserved by shells, so they would not read it back'
  return undefined
}

/** The maximum size of an environment, names and values: what Linux passes on, with room for other variables. */
const maxEnvironmentBytes = 1_000_000

const sizeOf = (name: string, text: string): number => Buffer.byteLength(name) + Buffer.byteLength(text) + 2
const describeSize = (size: number): string => `is ${size} bytes long; Linux accepts no environment over about ${maxEnvironmentBytes}`

/**
 * Checks the names in the table, and that every value can be written. It does not look up secrets: see {@link secretCheck}. Reports all
 * problems, and shows no value.
 */
export const dotenvSchema = check<Dotenv>((input) => {
  // Only the name of a secret is known.
  const entries = Object.entries(input as Dotenv).map(([name, value]) => [name, isSecret(value) ? '' : String(value)] as const)
  const issues = entries.flatMap(([name, value]) => {
    const message = findNameProblem(name) ?? findValueProblem(name, value)
    return message ? [{ message, path: [name] }] : []
  })
  const size = entries.reduce((sum, [name, value]) => sum + sizeOf(name, value), 0)
  if (size > maxEnvironmentBytes) issues.push({ message: describeSize(size), path: [] })
  return issues.length ? { issues } : { value: input as Dotenv }
})

/** Checks a secret of the table when it has been looked up, and returns its text. */
export function secretCheck(values: Dotenv): (name: string, text: string) => string {
  const sizes = new Map(Object.entries(values).map(([name, value]) => [name, sizeOf(name, isSecret(value) ? '' : String(value))]))
  return (name, text) => {
    sizes.set(name, sizeOf(name, text))
    const size = [...sizes.values()].reduce((sum, each) => sum + each, 0)
    const problem = findValueProblem(name, text)
    if (problem) throw usageError({ code: 'BAD_VALUE', message: `dotenv.${name} is not right: ${problem}` })
    if (size > maxEnvironmentBytes) throw usageError({ code: 'BAD_VALUE', message: `dotenv is not right: ${describeSize(size)}` })
    return text
  }
}
