import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Removes the build of every package whose sources changed since it was built. turbo puts a build that it kept beside the files of another one:
 * chunks have a hash in their names, so they would be published and measured together. `tasks` are those of `turbo run build --dry=json`.
 *
 * What was built is forgotten until the new build has succeeded, because a build that fails or is cut off leaves a part of its files. Returns
 * what to write into `stamp` then.
 */
export function removeStaleBuilds(root, stamp, tasks) {
  const before = existsSync(stamp) ? JSON.parse(readFileSync(stamp, 'utf8')) : {}
  const stale = tasks.filter(({ package: name, hash }) => before[name] !== hash)
  if (stale.length > 0) rmSync(stamp, { force: true })
  for (const { directory } of stale) rmSync(join(root, directory, 'dist'), { recursive: true, force: true })
  return JSON.stringify(Object.fromEntries(tasks.map(({ package: name, hash }) => [name, hash])))
}
