import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { type Tree, takeSnapshot } from '../tree.ts'

export interface ReleaseState {
  readonly id: string
  /** Has a complete mark. */
  readonly complete: boolean
  /** Has a bad mark: never a target of a rollback. */
  readonly bad: boolean
  /** What its REVISION says. */
  readonly revision: string | undefined
}

/** What a deployment directory shows. */
export interface DeploymentState {
  readonly path: string
  /** What `current` is: a release's id, or why it is none. */
  readonly current: { readonly id: string } | { readonly missing: true } | { readonly wrong: string }
  /** What stands under `releases/`, by name. */
  readonly releases: readonly ReleaseState[]
  readonly shared: Tree
}

/** Reads a deployment directory without changing it. */
export function observeDeployment(path: string): DeploymentState {
  const listMarks = (kind: string) => new Set(list(join(path, '.dragonfab', kind)))
  const complete = listMarks('complete')
  const bad = listMarks('bad')
  const releases = list(join(path, 'releases')).map((id) => ({
    id,
    complete: complete.has(id),
    bad: bad.has(id),
    revision: read(join(path, 'releases', id, 'REVISION'))?.trim(),
  }))
  const shared = join(path, 'shared')
  return { path, current: currentOf(path), releases, shared: existsSync(shared) ? takeSnapshot(shared) : new Map() }
}

/** The id that `current` leads to, or nothing. */
export function currentRelease(state: DeploymentState): string | undefined {
  return 'id' in state.current ? state.current.id : undefined
}

/** Complete and not known to be bad, so fit to be rolled back to. */
export function goodReleases(state: DeploymentState): string[] {
  return state.releases.filter((release) => release.complete && !release.bad).map((release) => release.id)
}

function currentOf(path: string): DeploymentState['current'] {
  const link = join(path, 'current')
  const stat = lstatSync(link, { throwIfNoEntry: false })
  if (!stat) return { missing: true }
  if (!stat.isSymbolicLink()) return { wrong: 'is not a link' }
  const target = readlinkSync(link)
  if (!existsSync(link)) return { wrong: `points to ${target}, which does not exist` }
  const real = realpathSync(link)
  if (!lstatSync(real).isDirectory()) return { wrong: `points to ${target}, which is not a directory` }
  if (dirname(real) !== join(realpathSync(path), 'releases')) return { wrong: `points to ${target}, which is not under releases` }
  return { id: basename(real) }
}

function list(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory).sort() : []
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
