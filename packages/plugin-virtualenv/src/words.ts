import { check } from '@dragonfab/core'

/** A command line as words, split at blanks outside quotes, as in a shell. Undefined if a quote is not closed. */
export function splitWords(line: string): readonly string[] | undefined {
  const parts = line.match(/(?:[^\s'"]|'[^']*'|"[^"]*")+|['"]/g) ?? []
  if (parts.some((part) => part === "'" || part === '"')) return undefined
  return parts.map((part) => part.replace(/'([^']*)'|"([^"]*)"/g, (_, one?: string, two?: string) => one ?? two ?? ''))
}

/** The check of options that contain a command. */
export const commandCheck = check<string>((value) => {
  const line = String(value)
  if (/[\0-\x1f\x7f]/.test(line)) return { issues: [{ message: 'should be one line without control characters' }] }
  const words = splitWords(line)
  if (!words?.length) return { issues: [{ message: 'should be a command and its arguments, with quotes closed' }] }
  return { value: line }
})

/** The file of `source FILE`, `. FILE` or `FILE`. */
export function parseActivateFile(line: string): string {
  return line.replace(/^\s*(?:source|\.)\s+/, '').trim()
}
