import { usageError } from '../errors.ts'

/**
 * One word for dash, ash and bash alike. `$'…'` would be shorter for control characters, but dash does not know it.
 * NUL cannot stand in an argument (POSIX execve), so it is refused.
 */
export function quote(word: string): string {
  if (word.includes('\0'))
    throw usageError({ code: 'SHELL_NUL', message: 'a NUL character cannot be passed to a shell', remedy: 'remove it from the value' })
  // `-` first and `=` are left to quotes' simple set on purpose: quoting does not stop option injection, `--` does.
  return /^[\w@%+:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

/** `shellEnv` as shell text, a line each. */
export function exportLines(shellEnv: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(shellEnv).map(([name, value]) => `export ${name}=${name === 'PATH' ? quotePathValue(value) : quote(value)}`)
}

/** `$PATH` as an entry stands for the host's own; all else is literal. */
function quotePathValue(value: string): string {
  return value
    .split(':')
    .map((entry) => (entry === '$PATH' ? '"$PATH"' : quote(entry)))
    .join(':')
}
