import { type AnyPlugin, DragonfabError, isDragonfabError } from '@dragonfab/core'
import { loadProject, type Project } from '@dragonfab/plan'
import { type ConfigFile, discover } from './discover.ts'
import { environmentsBeside } from './environments.ts'
import { defaultOf, importModule } from './import-module.ts'
import { pluginsByName } from './plugins.ts'
import { readText } from './read-text.ts'

/** Where the configuration is looked for. */
export interface Place {
  readonly cwd: string
  /** `--config FILE`. */
  readonly config?: string | undefined
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Told what of a deployfile has no meaning here. */
  readonly note?: ((text: string) => void) | undefined
}

/** Finds, reads and checks the configuration. Every error is a usage error (exit status 2) that names its place. */
export async function loadConfig(place: Place): Promise<Project> {
  const chosen = place.config === undefined ? deployfileOf(place.environment ?? process.env) : undefined
  const found = discover(place.cwd, place.config ?? chosen?.file, chosen && `${chosen.variable}=${chosen.file}`)
  const { directory, file, kind } = found
  if (kind !== 'deployfile') return loadProject(await readConfig(found), { directory, file })
  try {
    return loadProject(await readConfig(found, place.note), { directory, file, roleTablesReplace: true })
  } catch (error) {
    throw asWritten(error)
  }
}

/** The configuration as it is written, with its environments beside it and its plugins by name put in. */
export async function readConfig(found: ConfigFile, note: (text: string) => void = () => undefined): Promise<unknown> {
  const { file, directory, kind } = found
  if (kind === 'deployfile') return readDeployfile(found, note)
  const config =
    kind === 'typescript' || kind === 'javascript'
      ? defaultOf(await importModule(file, directory))
      : await readText(file, kind === 'json' ? 'json' : 'yaml')
  if (typeof config !== 'object' || config === null || Array.isArray(config)) return config
  const environments = 'environments' in config ? undefined : await environmentsBeside(file)
  const plugins = 'plugins' in config ? await pluginsByName(config.plugins, directory) : undefined
  return { ...config, ...(environments === undefined ? {} : { environments }), ...(plugins === undefined ? {} : { plugins }) }
}

/** What a `deploy.yml` of fapistrano means here. Other configurations need none of that, so it is loaded when it is asked for. */
async function readDeployfile({ file, directory }: ConfigFile, note: (text: string) => void): Promise<unknown> {
  const [{ settle }, { namedPlugins, placesOf }, { isTable }] = await Promise.all([
    import('../deployfile/settle.ts'),
    import('../deployfile/plugins.ts'),
    import('../deployfile/table.ts'),
  ])
  const written = await readText(file, 'yaml', true)
  if (!isTable(written)) return written
  const { all } = namedPlugins(written, placesOf(written))
  const plugins = (await pluginsByName(all, directory, true)) as readonly AnyPlugin[]
  const { config, notes } = settle(written, plugins)
  for (const each of notes) note(each)
  const beside = 'environments' in config ? undefined : await environmentsBeside(file)
  return { ...config, ...(beside === undefined ? {} : { environments: beside }) }
}

/** Errors in a deployfile name their place as it stands there. */
function asWritten(error: unknown): unknown {
  if (!isDragonfabError(error)) return error
  const shown = (text: string): string => text.replace(/\benvironments\.([\w-]+)\.roles\./g, 'stage_role_configs.$1.')
  return new DragonfabError(
    error.problems.map((problem) => ({ ...problem, message: shown(problem.message) })),
    error.status,
  )
}

/** fapistrano's way to choose among deployfiles: `FAP_APP=shop SHOP_DEPLOYFILE=…`. */
function deployfileOf(
  environment: Readonly<Record<string, string | undefined>>,
): { readonly variable: string; readonly file: string } | undefined {
  const app = environment.FAP_APP
  if (!app) return undefined
  const variable = `${app.toUpperCase().replace(/[^A-Z0-9]/g, '_')}_DEPLOYFILE`
  const file = environment[variable]
  return file ? { variable, file } : undefined
}
