import { type CoreEnv, type FieldValues, isDragonfabError, toProblem, usageError } from '@dragonfab/core'
import { isWithin, type Layout, layoutOf } from './layout.ts'
import { type LinkedPath, mergeEntries, parseRelativePath } from './linked/linked-path.ts'
import { mergeLinked } from './linked/merge-linked.ts'
import type { variables } from './variables.ts'

export type ReleaseEnv = CoreEnv & FieldValues<typeof variables>

/** The value, or undefined if it is not known now (a fact that no hook asked for). */
export function readIfKnown<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (isDragonfabError(error) && error.code === 'VARIABLE_NOT_KNOWN') return undefined
    throw error
  }
}

export function layoutOfEnv({ path, releasesPath, sharedPath, currentPath }: ReleaseEnv): Layout {
  return layoutOf({ path, releasesPath, sharedPath, currentPath })
}

/** What this run does: makes a release, or rolls back to one. */
export interface ReleaseAction {
  readonly verb: 'switch' | 'rollback'
  readonly release: string
}

/** The facts decide: `release` is asked for a release, `rollbackTo` for a rollback. */
export function releaseAction(env: ReleaseEnv): ReleaseAction {
  const newRelease = readIfKnown(() => env.release)
  const target = readIfKnown(() => env.rollbackTo)
  if (newRelease !== undefined && target !== undefined) {
    throw usageError({
      code: 'RELEASE_AND_ROLLBACK',
      message: `one run cannot make release ${newRelease} and roll back to ${target}`,
      remedy: 'run one after the other; set rollbackTo only for rollback, and release only for release',
    })
  }
  return target === undefined ? { verb: 'switch', release: env.release } : { verb: 'rollback', release: target }
}

/** The linked paths of all roles that share the release. */
export function linkedOfEnvs(envs: readonly ReleaseEnv[]): readonly LinkedPath[] {
  const dotenvFiles = envs.flatMap((env) => dotenvFileOf(env) ?? [])
  return mergeLinked(mergeEntries(envs.map((env) => env.linkedFiles)), mergeEntries(envs.map((env) => env.linkedDirs)), [
    ...new Set(dotenvFiles),
  ])
}

/** Where dotenv is written, relative to the release; undefined if there is nothing to write. The original's `%(release_path)s/.env` is absolute. */
export function dotenvFileOf(env: ReleaseEnv): string | undefined {
  if (!Object.keys(env.dotenv).length) return undefined
  const file = env.environmentFile
  const releasePath = (file.startsWith('/') && readIfKnown(() => env.releasePath)) || ''
  try {
    return parseRelativePath(file !== releasePath && isWithin(file, releasePath) ? file.slice(releasePath.length + 1) : file)
  } catch (error) {
    throw usageError({ code: 'BAD_VALUE', message: `environmentFile ${toProblem(error, { code: 'BAD_VALUE' }).message}` })
  }
}
