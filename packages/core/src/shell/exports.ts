import { quote } from './quote.ts'

/** `shellEnv` as shell text, a line each. */
export function exportLines(shellEnv: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(shellEnv).map(([name, value]) => `export ${name}=${name === 'PATH' ? pathValue(value) : quote(value)}`)
}

/** `$PATH` as an entry stands for the host's own; all else is literal. */
function pathValue(value: string): string {
  return value
    .split(':')
    .map((entry) => (entry === '$PATH' ? '"$PATH"' : quote(entry)))
    .join(':')
}
