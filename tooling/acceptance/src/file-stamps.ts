import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Everything below folders with all that a write changes: size, mode, times of content and of inode, inode itself. */
export function readStamps(...folders: readonly string[]): ReadonlyMap<string, string> {
  const stampByPath = new Map<string, string>()
  const enter = (path: string) => {
    const stat = lstatSync(path, { bigint: true })
    stampByPath.set(path, `${stat.ino} ${stat.mode} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}`)
    if (stat.isDirectory()) for (const name of readdirSync(path)) enter(join(path, name))
  }
  for (const folder of folders) enter(folder)
  return stampByPath
}
