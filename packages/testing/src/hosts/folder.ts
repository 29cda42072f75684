import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const standing = new Set<string>()

/** A folder of a test's own, removed at the latest when the process ends. */
export function makeFolder(): string {
  // One listener for all: each further one would count as a leak.
  if (!standing.size) process.once('exit', removeAll)
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dragonfab-testing-')))
  standing.add(folder)
  return folder
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  standing.delete(folder)
  if (!standing.size) process.off('exit', removeAll)
}

function removeAll(): void {
  for (const folder of standing) removeFolder(folder)
}
