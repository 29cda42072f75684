import { readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { currentRelease, goodReleases, listDifferences, listGitTree, observeDeployment, type Tree } from '@dragonfab/test-kit'
import { expect } from 'vitest'

/** What a deployment directory must show after a release, to the last file. */
export interface ExpectedRelease {
  readonly commit: string
  /** `git ls-tree` of the commit. */
  readonly tree: Tree
  /** What links to `shared/`: absent from the repository, or put in the place of what it ships. */
  readonly linked?: readonly string[] | undefined
  /** Further files that hooks add. */
  readonly added?: readonly string[] | undefined
}

/** The live release of a deployment directory. */
export function liveOf(path: string): string {
  const id = currentRelease(observeDeployment(path))
  if (id === undefined) throw new Error(`${path}/current leads to no release`)
  return id
}

/** The live release, or none. */
export function liveOrNone(path: string): string | undefined {
  return currentRelease(observeDeployment(path))
}

/** Releases that a rollback may lead to, the live one included; by name. */
export function goodOf(path: string): readonly string[] {
  return goodReleases(observeDeployment(path))
}

export function badOf(path: string): readonly string[] {
  return observeDeployment(path).releases.flatMap(({ id, bad }) => (bad ? [id] : []))
}

/** Every file of the live release, its mode and its bytes are those of the commit, and nothing else is there; links are absolute. Gives its id. */
export function expectReleased(path: string, { commit, tree, linked = [], added = [] }: ExpectedRelease): string {
  const id = liveOf(path)
  const directory = join(path, 'releases', id)
  expect(readlinkSync(join(path, 'current'))).toBe(`releases/${id}`)
  expect(readFileSync(join(directory, 'REVISION'), 'utf8')).toBe(`${commit}\n`)
  for (const each of linked) expect(readlinkSync(join(directory, each)), each).toBe(join(path, 'shared', each))
  const actual = new Map(listGitTree(directory))
  const expected = new Map(tree)
  // What the repository ships where a link belongs lies aside, in this release alone.
  for (const each of linked) {
    for (const [file, what] of tree) {
      if (file !== each && !file.startsWith(`${each}/`)) continue
      expected.delete(file)
      expected.set(`.shipped/${file}`, what)
    }
  }
  for (const each of ['REVISION', ...linked, ...added]) {
    expect([...actual.keys()]).toContain(each)
    actual.delete(each)
  }
  expect(listDifferences(expected, actual)).toEqual([])
  return id
}
