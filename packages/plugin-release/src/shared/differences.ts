/** What stands for a value. */
const masked = '••••••'

interface Line {
  /** What is set there, as `KEY=…`, `key: …` and `"key": …` tell it. */
  readonly name: string | undefined
  readonly text: string
}

const nameOf = (text: string): string | undefined => /^\s*(?:export\s+)?["']?([A-Za-z_][\w.-]*)["']?\s*[:=]/.exec(text)?.[1]
const lines = (content: Buffer): readonly Line[] =>
  content
    .toString()
    .split('\n')
    .filter((text) => text.trim() !== '')
    .map((text) => ({ name: nameOf(text), text }))

/**
 * How two files differ, without a value of either: `+` is only here, `-` only there, `~` has another value. What sets no name is told as a number of
 * lines.
 */
export function differencesOf(here: Buffer, there: Buffer): readonly string[] {
  if (here.equals(there)) return []
  if (here.includes(0) || there.includes(0)) return [`binary: ${here.length} bytes here, ${there.length} there`]
  const only = (one: readonly Line[], other: readonly Line[]): readonly Line[] => {
    const left = new Map<string, number>()
    for (const { text } of other) left.set(text, (left.get(text) ?? 0) + 1)
    return one.filter(({ text }) => {
      const count = left.get(text) ?? 0
      left.set(text, count - 1)
      return count <= 0
    })
  }
  const [all, others] = [lines(here), lines(there)]
  const [added, removed] = [only(all, others), only(others, all)]
  const names = (of: readonly Line[]): readonly string[] => [...new Set(of.flatMap(({ name }) => name ?? []))]
  const [mine, theirs] = [names(added), names(removed)]
  const told = [
    ...mine.map((name) => `${theirs.includes(name) ? '~' : '+'} ${name} = ${masked}`),
    ...theirs.filter((name) => !mine.includes(name)).map((name) => `- ${name} = ${masked}`),
  ]
  const unnamed = (of: readonly Line[]): number => of.filter(({ name }) => name === undefined).length
  if (unnamed(added)) told.push(`+ ${unnamed(added)} more ${unnamed(added) === 1 ? 'line' : 'lines'}`)
  if (unnamed(removed)) told.push(`- ${unnamed(removed)} more ${unnamed(removed) === 1 ? 'line' : 'lines'}`)
  return told.length ? told : ['the order of lines, or blanks']
}
