import type { AnyPlugin } from '@dragonfab/core'
import { loadProject, type Project } from '@dragonfab/plan'
import { type ConfigFile, discoverConfig } from './discover.ts'
import { readEnvironmentsBeside } from './environments.ts'
import { importModule, readDefault } from './import-module.ts'
import { loadPluginsByName } from './plugins.ts'
import { readText } from './read-text.ts'

/** Where to look for the configuration. */
export interface ConfigLocation {
  readonly cwd: string
  /** `--config FILE`. */
  readonly config?: string | undefined
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Receives a note for each part of a deployfile that has no effect in Dragonfab. */
  readonly note?: ((text: string) => void) | undefined
}

/** Finds, reads and checks the configuration. Every error is a usage error (exit status 2) that names its place. */
export async function loadConfig(place: ConfigLocation): Promise<Project> {
  const chosen = place.config === undefined ? chooseDeployfile(place.environment ?? process.env) : undefined
  const found = discoverConfig(place.cwd, place.config ?? chosen?.file, chosen && `${chosen.variable}=${chosen.file}`)
  const { directory, file, kind } = found
  if (kind !== 'deployfile') return loadProject(await readConfig(found), { directory, file })
  try {
    return loadProject(await readConfig(found, place.note), { directory, file, roleTablesReplace: true })
  } catch (error) {
    throw (await import('@dragonfab/legacy')).restoreRolePaths(error)
  }
}

/** Reads the configuration without checking it. Adds the environments from the file beside it, and replaces names of plugins by the plugins. */
export async function readConfig(found: ConfigFile, note: (text: string) => void = () => undefined): Promise<unknown> {
  const { file, directory, kind } = found
  if (kind === 'deployfile') return readOldConfig(found, note)
  const config =
    kind === 'typescript' || kind === 'javascript'
      ? readDefault(await importModule(file, directory))
      : await readText(file, kind === 'json' ? 'json' : 'yaml')
  if (typeof config !== 'object' || config === null || Array.isArray(config)) return config
  const environments = 'environments' in config ? undefined : await readEnvironmentsBeside(file)
  const plugins = 'plugins' in config ? await loadPluginsByName(config.plugins, directory) : undefined
  return { ...config, ...(environments === undefined ? {} : { environments }), ...(plugins === undefined ? {} : { plugins }) }
}

/** Reads a `deploy.yml` of fapistrano. The code for it is loaded only if there is one. */
async function readOldConfig({ file, directory }: ConfigFile, note: (text: string) => void): Promise<unknown> {
  const { deployfileYaml, loadablePluginName, readDeployfile } = await import('@dragonfab/legacy')
  const written = await readText(file, 'yaml', deployfileYaml)
  const { config, notes } = await readDeployfile(
    written,
    async (names) => (await loadPluginsByName(names, directory, loadablePluginName)) as readonly AnyPlugin[],
  )
  for (const each of notes) note(each)
  if (typeof config !== 'object' || config === null || Array.isArray(config)) return config
  const beside = 'environments' in config ? undefined : await readEnvironmentsBeside(file)
  return { ...config, ...(beside === undefined ? {} : { environments: beside }) }
}

/** Chooses a deployfile as fapistrano does: `FAP_APP=shop SHOP_DEPLOYFILE=…`. */
function chooseDeployfile(
  environment: Readonly<Record<string, string | undefined>>,
): { readonly variable: string; readonly file: string } | undefined {
  const app = environment.FAP_APP
  if (!app) return undefined
  const variable = `${app.toUpperCase().replace(/[^A-Z0-9]/g, '_')}_DEPLOYFILE`
  const file = environment[variable]
  return file ? { variable, file } : undefined
}
