const markedLine = /^\s*\[[xX ]\]/
const pendingLine = /^\s*\[ \]/

/**
 * The migrations that are still to be applied, as a command lists them, one a line. Where lines are marked as Django does, `[X]` and `[ ]`, those
 * of the second kind; else every line.
 */
export function parsePending(listed: string): readonly string[] {
  const lines = listed.split('\n').map((line) => line.trimEnd())
  const counts = lines.some((line) => markedLine.test(line))
    ? (line: string) => pendingLine.test(line)
    : (line: string) => line.trim() !== ''
  // Django says so of a project without any.
  return lines.filter((line) => counts(line) && line.trim() !== '(no migrations)').map((line) => line.trim())
}
