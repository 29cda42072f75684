import { encode } from './encode.ts'

/**
 * Where libraries that read `.env` themselves would see another value than shells and systemd do. Known of dotenv (npm) 16 and 17, Node's
 * `--env-file`, python-dotenv 1, phpdotenv 5: all take plain words and quoted text without `"`, `\`, `` ` `` and `$` as they stand.
 */
export function difference(value: string): string | undefined {
  const { style } = encode(value)
  if (style === 'escaped')
    return 'has both quotes, or a backslash, whose escapes dotenv (npm), node --env-file, python-dotenv and phpdotenv each read in another way'
  if (/\$(\{|[A-Za-z_])/.test(value)) return 'has a $ that python-dotenv and dotenv-expand take for a variable'
  if (style === 'single' && value.includes('\n')) return 'has several lines with quotes, backquotes or $, which phpdotenv cannot read'
  return undefined
}
