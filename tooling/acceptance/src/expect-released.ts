import { readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { currentRelease, goodReleases, listDifferences, listGitTree, observeDeployment, type Tree } from '@dragonfab/test-kit'
import { expect } from 'vitest'

/** The exact content of a deployment directory after a release. */
export interface ExpectedRelease {
  readonly commit: string
  /** `git ls-tree` of the commit. */
  readonly tree: Tree
  /** Paths that link to `shared/`. They are absent from the repository, or replace its files. */
  readonly linked?: readonly string[] | undefined
  /** Further files that hooks add. */
  readonly added?: readonly string[] | undefined
}

/** The live release of a deployment directory. */
export function liveOf(path: string): string {
  const id = currentRelease(observeDeployment(path))
  if (id === undefined) throw new Error(`${path}/current does not point to a release`)
  return id
}

/** The live release, or none. */
export function liveOrNone(path: string): string | undefined {
  return currentRelease(observeDeployment(path))
}

/** The names of all good releases, including the live one. */
export function goodOf(path: string): readonly string[] {
  return goodReleases(observeDeployment(path))
}

export function badOf(path: string): readonly string[] {
  return observeDeployment(path).releases.flatMap(({ id, bad }) => (bad ? [id] : []))
}

/** Expects that the live release has exactly the files, modes and contents of the commit, and that links are absolute. Returns its id. */
export function expectReleased(path: string, { commit, tree, linked = [], added = [] }: ExpectedRelease): string {
  const id = liveOf(path)
  const directory = join(path, 'releases', id)
  expect(readlinkSync(join(path, 'current'))).toBe(`releases/${id}`)
  expect(readFileSync(join(directory, 'REVISION'), 'utf8')).toBe(`${commit}\n`)
  for (const each of linked) expect(readlinkSync(join(directory, each)), each).toBe(join(path, 'shared', each))
  const actual = new Map(listGitTree(directory))
  const expected = new Map(tree)
  // Files of the repository in the place of a link are moved aside, only in this release.
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
