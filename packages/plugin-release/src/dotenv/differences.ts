import { encodeValue } from './encode.ts'

/** By names of at most three letters, which no mask hides. */
export const differenceReasons = {
  esc: 'has both quotes, or a backslash, whose escapes dotenv (npm), node --env-file, python-dotenv and phpdotenv each read in another way',
  var: 'has a $ that python-dotenv and dotenv-expand take for a variable',
  nl: 'has several lines with quotes, backquotes or $, which phpdotenv cannot read',
} as const

/**
 * Where libraries that read `.env` themselves would see another value than shells and systemd do. What is quiet here was read back equal by
 * dotenv (npm) 16, Node's `--env-file` (both in the tests) and python-dotenv 1.2; phpdotenv 5 is told from its manual alone.
 */
export function describeDifference(value: string): string | undefined {
  const found = findDifference(value)
  return found && differenceReasons[found]
}

export function findDifference(value: string): keyof typeof differenceReasons | undefined {
  const { style } = encodeValue(value)
  if (style === 'escaped') return 'esc'
  if (/\$(\{|[A-Za-z_])/.test(value)) return 'var'
  if (style === 'single' && value.includes('\n')) return 'nl'
  return undefined
}
