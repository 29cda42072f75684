import { type AnyPlugin, DragonfabError, isDragonfabError } from '@dragonfab/core'
import type { Tags } from 'yaml'
import { type ConvertedDeployfile, convertDeployfile } from './convert-deployfile.ts'
import { namedPlugins } from './plugins.ts'
import { isTable, listRoleTables } from './table.ts'

/** As fapistrano's YAML library reads them: `yes` is true, `0755` is octal. Times and base-60 numbers stay text. */
export const deployfileYaml = {
  version: '1.1',
  customTags: (tags: Tags): Tags => tags.filter((tag) => typeof tag === 'string' || !/timestamp|TIME/.test(`${tag.tag} ${tag.format}`)),
} as const

/**
 * The configuration that a `deploy.yml` describes. `loadPlugins` receives the plugins as they are written. A value that is not a map is returned,
 * for core's check to refuse.
 */
export async function readDeployfile(
  written: unknown,
  loadPlugins: (written: readonly string[]) => Promise<readonly AnyPlugin[]>,
): Promise<{ readonly config: unknown; readonly notes: ConvertedDeployfile['notes'] }> {
  if (!isTable(written)) return { config: written, notes: [] }
  const { all } = namedPlugins(written, listRoleTables(written))
  return convertDeployfile(written, await loadPlugins(all))
}

/** Errors in a deployfile name their place as it is written there. */
export function restoreRolePaths(error: unknown): unknown {
  if (!isDragonfabError(error)) return error
  const shown = (text: string): string => text.replace(/\benvironments\.([\w-]+)\.roles\./g, 'stage_role_configs.$1.')
  return new DragonfabError(
    error.problems.map((problem) => ({ ...problem, message: shown(problem.message) })),
    error.status,
  )
}
