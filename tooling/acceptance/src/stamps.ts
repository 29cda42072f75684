import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Everything below folders with all that a write changes: size, mode, times of content and of inode, inode itself. */
export function stamps(...folders: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const enter = (path: string) => {
    const at = lstatSync(path, { bigint: true })
    found.set(path, `${at.ino} ${at.mode} ${at.size} ${at.mtimeNs} ${at.ctimeNs}`)
    if (at.isDirectory()) for (const name of readdirSync(path)) enter(join(path, name))
  }
  for (const folder of folders) enter(folder)
  return found
}
