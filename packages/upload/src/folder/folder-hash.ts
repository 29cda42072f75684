import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import type { PathFilter } from './filter.ts'
import { pathOnDisk, walk } from './walk.ts'

/** A hash of names, kinds, modes and contents. Undefined if the folder does not exist (an earlier step may build it). */
export function folderHash(folder: string, filter: PathFilter = {}): string | undefined {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(256 * 1024)
  try {
    for (const { path, kind, mode, target } of walk(folder, filter).entries) {
      hash.update(`${path}\0${kind}\0${mode}\0${target ?? ''}\0`)
      if (kind !== 'file') continue
      const file = openSync(pathOnDisk(folder, path), 'r')
      try {
        for (let length = readSync(file, buffer); length > 0; length = readSync(file, buffer)) hash.update(buffer.subarray(0, length))
      } finally {
        closeSync(file)
      }
      hash.update('\0')
    }
  } catch {
    return undefined
  }
  return hash.digest('hex')
}
