/**
 * Writes values so that dash, bash, busybox and systemd's `EnvironmentFile=` read them back unchanged.
 *
 * What they have in common (systemd: src/basic/env-file.c; shells: POSIX 2.2): plain words; single quotes, which only `'` ends; double quotes,
 * where a backslash escapes `"`, `\`, `` ` `` and `$`. Before version 240, systemd took a backslash inside single quotes for an escape, so such a
 * value is in double quotes. The dotenv libraries mostly agree on the first three styles below, but not on the fourth, hence the order.
 */
export type QuoteStyle = 'bare' | 'double' | 'single' | 'escaped'

export interface EncodedValue {
  readonly text: string
  readonly style: QuoteStyle
}

export function encodeValue(value: string): EncodedValue {
  if (/^[A-Za-z0-9_./:@%+,-]+$/.test(value)) return { text: value, style: 'bare' }
  if (!/["\\`$]/.test(value)) return { text: `"${value}"`, style: 'double' }
  if (!/['\\]/.test(value)) return { text: `'${value}'`, style: 'single' }
  return { text: `"${value.replace(/["\\`$]/g, '\\$&')}"`, style: 'escaped' }
}

/** The longest string that Linux accepts in an environment (MAX_ARG_STRLEN, 32 pages, without the final NUL). */
const maxVariableBytes = 131_071

/** Why a value cannot be written so that every reader gets it back; undefined if it can. Never shows the value. */
export function findValueProblem(name: string, value: string): string | undefined {
  if (value.includes('\0')) return 'has a NUL character, which no environment variable can hold'
  if (/[\x01-\x08\x0b-\x1f\x7f]/.test(value))
    return 'has control characters other than tab and newline, which systemd before 246 drops (a CR is usually from a Windows line ending)'
  if (/\p{Surrogate}/u.test(value)) return 'is not valid Unicode (half of a surrogate pair)'
  if ([...value].some(isNoncharacter)) return 'has a Unicode noncharacter, which systemd refuses'
  const bytes = Buffer.byteLength(name) + 1 + Buffer.byteLength(value)
  if (bytes > maxVariableBytes)
    return `is ${bytes} bytes long with its name; Linux accepts no environment variable over ${maxVariableBytes}`
  return undefined
}

function isNoncharacter(character: string): boolean {
  const point = character.codePointAt(0) ?? 0
  return (point & 0xfffe) === 0xfffe || (point >= 0xfdd0 && point <= 0xfdef)
}

/** The keys have at most three letters, because no mask hides such short text. */
export const differenceReasons = {
  esc: 'has both quotes, or a backslash, whose escapes dotenv (npm), node --env-file, python-dotenv and phpdotenv each read differently',
  var: 'has a $ that python-dotenv and dotenv-expand expand as a variable',
  nl: 'has several lines with quotes, backquotes or $, which phpdotenv cannot read',
} as const

/**
 * Why libraries that read `.env` themselves would see a different value from shells and systemd. Values without such a difference were read
 * back unchanged by dotenv (npm) 16, Node's `--env-file` (both in the tests) and python-dotenv 1.2; for phpdotenv 5, only its manual was consulted.
 */
export function describeDifference(value: string): string | undefined {
  const reason = findDifference(value)
  return reason && differenceReasons[reason]
}

export function findDifference(value: string): keyof typeof differenceReasons | undefined {
  const { style } = encodeValue(value)
  if (style === 'escaped') return 'esc'
  if (/\$(\{|[A-Za-z_])/.test(value)) return 'var'
  if (style === 'single' && value.includes('\n')) return 'nl'
  return undefined
}
