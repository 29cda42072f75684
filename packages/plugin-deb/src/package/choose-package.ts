import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DragonfabError } from '@dragonfab/core'
import { type DebFile, readDeb } from './read-deb.ts'
import { compareVersions } from './version.ts'

/** The packages of one name in a folder, and files that look like it but are damaged. */
export interface FoundPackages {
  /** Newest first. */
  readonly packages: readonly DebFile[]
  readonly damaged: readonly { readonly file: string; readonly why: string }[]
}

/**
 * All packages of exactly that name in a folder. Files are found by the names that dpkg gives them (a package's name has no `_`, so `shop_*` is never
 * shop-dbg), but their control file decides.
 */
export async function findPackages(folder: string, name: string): Promise<FoundPackages> {
  const files = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const read = await Promise.all(
    files
      .filter((file) => file.startsWith(`${name}_`) && file.endsWith('.deb'))
      .map(async (file) => {
        try {
          return await readDeb(join(folder, file))
        } catch (error) {
          return { file, why: error instanceof Error ? error.message : String(error) }
        }
      }),
  )
  const packages = read.filter((each) => 'name' in each).filter((each) => each.name === name)
  const newestFirst = (one: DebFile, other: DebFile): number =>
    compareVersions(other.version, one.version) || (one.path < other.path ? -1 : 1)
  return { packages: packages.sort(newestFirst), damaged: read.filter((each) => 'why' in each) }
}

/** The newest package for a host's architecture, by dpkg's order of versions, not by the files' times. */
export function chooseNewest(
  found: FoundPackages,
  architecture: string,
  what: { readonly name: string; readonly folder: string },
): DebFile {
  const match = found.packages.find((each) => each.architecture === architecture || each.architecture === 'all')
  if (match) return match
  const others = [...new Set(found.packages.map((each) => each.architecture))]
  throw new DragonfabError({
    code: 'DEB_NONE',
    message: others.length
      ? `${what.folder} has ${what.name} for ${others.join(', ')}, not for ${architecture}`
      : `there is no ${what.name}_*.deb in ${what.folder}`,
    remedy: others.length ? `build it for ${architecture}` : 'build it first: dragonfab <environment> deb.build deb.deploy',
  })
}
