import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const openFolders = new Set<string>()

/** Makes a folder for a test. It is removed when the process ends, if not before. */
export function makeFolder(): string {
  // One listener for all: each further one would count as a leak.
  if (!openFolders.size) process.once('exit', removeAll)
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dragonfab-testing-')))
  openFolders.add(folder)
  return folder
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  openFolders.delete(folder)
  if (!openFolders.size) process.off('exit', removeAll)
}

function removeAll(): void {
  for (const folder of openFolders) removeFolder(folder)
}
