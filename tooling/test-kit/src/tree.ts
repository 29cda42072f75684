import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from 'node:fs'

/** Paths (one character a byte, for names need not be text) and what stands there. */
export type Tree = ReadonlyMap<string, string>

/**
 * What git would record of a directory: `100644 <blob>`, `100755 <blob>` or `120000 <blob>` by path, without `.git`. Comparable
 * with {@link GitFixture.tree}.
 */
export function listGitTree(directory: string): Tree {
  return walk(directory, (path, stat) => {
    if (stat.isDirectory()) return undefined
    const content = stat.isSymbolicLink() ? readlinkSync(path, 'buffer') : readFileSync(path)
    const mode = stat.isSymbolicLink() ? '120000' : stat.mode & 0o100 ? '100755' : '100644'
    return `${mode} ${createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex')}`
  })
}

/** All of a directory with types, modes, owners and sha256: differs when anything but a time does. */
export function takeSnapshot(directory: string): Tree {
  return walk(directory, (path, stat) => {
    const rights = `${(stat.mode & 0o7777).toString(8)} ${stat.uid}:${stat.gid}`
    if (stat.isDirectory()) return `directory ${rights}`
    if (stat.isSymbolicLink()) return `link ${stat.uid}:${stat.gid} ${readlinkSync(path, 'latin1')}`
    if (!stat.isFile()) return `special ${rights} ${stat.rdev}`
    return `file ${rights} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`
  })
}

/** Every path at which two trees differ. */
export function findDifferingPaths(before: Tree, after: Tree): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].sort().filter((path) => before.get(path) !== after.get(path))
}

/** Every path that differs, with what it was and is. */
export function listDifferences(before: Tree, after: Tree): string[] {
  return findDifferingPaths(before, after).map((path) => describeDifference(path, before, after))
}

export function describeDifference(path: string, before: Tree, after: Tree): string {
  return `${JSON.stringify(path)}: ${before.get(path) ?? 'nothing'} → ${after.get(path) ?? 'nothing'}`
}

function walk(directory: string, describe: (path: Buffer, stat: Stats) => string | undefined): Tree {
  const found = new Map<string, string>()
  const enter = (at: Buffer, prefix: string) => {
    for (const name of readdirSync(at, 'buffer').sort(Buffer.compare)) {
      const path = Buffer.concat([at, Buffer.from('/'), name])
      const shown = prefix + name.toString('latin1')
      if (shown === '.git') continue
      const stat = lstatSync(path)
      const description = describe(path, stat)
      if (description !== undefined) found.set(shown, description)
      if (stat.isDirectory()) enter(path, `${shown}/`)
    }
  }
  enter(Buffer.from(directory), '')
  return found
}
