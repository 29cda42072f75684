import { type AnyPlugin, DragonfabError, isDragonfabError } from '@dragonfab/core'
import type { Tags } from 'yaml'
import { type ConvertedDeployfile, convertDeployfile } from './convert-deployfile.ts'
import { namedPlugins } from './plugins.ts'
import { isTable, listRoleTables } from './table.ts'

/** YAML as fapistrano's library reads it: `yes` is true, `0755` is octal. Times and base-60 numbers stay text. */
export const deployfileYaml = {
  version: '1.1',
  customTags: (tags: Tags): Tags => tags.filter((tag) => typeof tag === 'string' || !/timestamp|TIME/.test(`${tag.tag} ${tag.format}`)),
} as const

/**
 * Converts the value of a `deploy.yml` into a configuration. `loadPlugins` receives the plugins as written. A value that is not a map is
 * returned unchanged, so that core's check refuses it.
 */
export async function readDeployfile(
  written: unknown,
  loadPlugins: (written: readonly string[]) => Promise<readonly AnyPlugin[]>,
): Promise<{ readonly config: unknown; readonly notes: ConvertedDeployfile['notes'] }> {
  if (!isTable(written)) return { config: written, notes: [] }
  const { all } = namedPlugins(written, listRoleTables(written))
  return convertDeployfile(written, await loadPlugins(all))
}

/** Changes the paths in errors back to those of the deployfile. */
export function restoreRolePaths(error: unknown): unknown {
  if (!isDragonfabError(error)) return error
  const toWrittenNames = (text: string): string => text.replace(/\benvironments\.([\w-]+)\.roles\./g, 'stage_role_configs.$1.')
  return new DragonfabError(
    error.problems.map((problem) => ({ ...problem, message: toWrittenNames(problem.message) })),
    error.status,
  )
}
