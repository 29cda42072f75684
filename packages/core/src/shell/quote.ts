import { usageError } from '../errors.ts'

/**
 * One word for dash, ash and bash. `$'…'` would be shorter for control characters, but dash does not know it.
 * NUL is refused: an argument cannot contain it (POSIX execve).
 */
export function quote(word: string): string {
  if (word.includes('\0'))
    throw usageError({ code: 'SHELL_NUL', message: 'a NUL character cannot be passed to a shell', remedy: 'remove it from the value' })
  // A leading `-` is not quoted, because quoting does not stop option injection: `--` does.
  return /^[\w@%+:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

/** `shellEnv` as shell text, a line for each variable. */
export function exportLines(shellEnv: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(shellEnv).map(([name, value]) => `export ${name}=${name === 'PATH' ? quotePathValue(value) : quote(value)}`)
}

/** The entry `$PATH` is the host's own PATH. Everything else is literal. */
function quotePathValue(value: string): string {
  return value
    .split(':')
    .map((entry) => (entry === '$PATH' ? '"$PATH"' : quote(entry)))
    .join(':')
}
