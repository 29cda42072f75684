/** Shown instead of a value. */
const maskedValue = '••••••'

interface SettingLine {
  /** The setting's name in `KEY=…`, `key: …` and `"key": …`. */
  readonly name: string | undefined
  readonly text: string
}

const settingNameOf = (text: string): string | undefined => /^\s*(?:export\s+)?["']?([A-Za-z_][\w.-]*)["']?\s*[:=]/.exec(text)?.[1]
const parseLines = (content: Buffer): readonly SettingLine[] =>
  content
    .toString()
    .split('\n')
    .filter((text) => text.trim() !== '')
    .map((text) => ({ name: settingNameOf(text), text }))

/**
 * How two files differ, without their values: `+` is only on this machine, `-` only on the host, `~` has another value. Lines without a name
 * are only counted.
 */
export function compareFiles(local: Buffer, remote: Buffer): readonly string[] {
  if (local.equals(remote)) return []
  if (local.includes(0) || remote.includes(0)) return [`binary: ${local.length} bytes on this machine, ${remote.length} on the host`]
  const linesOnlyIn = (one: readonly SettingLine[], other: readonly SettingLine[]): readonly SettingLine[] => {
    const counts = new Map<string, number>()
    for (const { text } of other) counts.set(text, (counts.get(text) ?? 0) + 1)
    return one.filter(({ text }) => {
      const count = counts.get(text) ?? 0
      counts.set(text, count - 1)
      return count <= 0
    })
  }
  const [localLines, remoteLines] = [parseLines(local), parseLines(remote)]
  const [added, removed] = [linesOnlyIn(localLines, remoteLines), linesOnlyIn(remoteLines, localLines)]
  const uniqueNames = (lines: readonly SettingLine[]): readonly string[] => [...new Set(lines.flatMap(({ name }) => name ?? []))]
  const [localNames, remoteNames] = [uniqueNames(added), uniqueNames(removed)]
  const report = [
    ...localNames.map((name) => `${remoteNames.includes(name) ? '~' : '+'} ${name} = ${maskedValue}`),
    ...remoteNames.filter((name) => !localNames.includes(name)).map((name) => `- ${name} = ${maskedValue}`),
  ]
  const countUnnamed = (lines: readonly SettingLine[]): number => lines.filter(({ name }) => name === undefined).length
  if (countUnnamed(added)) report.push(`+ ${countUnnamed(added)} more ${countUnnamed(added) === 1 ? 'line' : 'lines'}`)
  if (countUnnamed(removed)) report.push(`- ${countUnnamed(removed)} more ${countUnnamed(removed) === 1 ? 'line' : 'lines'}`)
  return report.length ? report : ['only the order of lines, or blank lines']
}
