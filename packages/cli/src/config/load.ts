import { loadProject, type Project } from '@dragonfab/core'
import { asking } from '../secret/asking.ts'
import { fromDeployfile } from './deployfile.ts'
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
}

/** Finds, reads and checks the configuration. Every error is a usage error (exit status 2) that names its place. */
export async function loadConfig(place: Place): Promise<Project> {
  const found = discover(place.cwd, place.config ?? deployfileOf(place.environment ?? process.env))
  asking().directory = found.directory
  return loadProject(await readConfig(found), { directory: found.directory, file: found.file })
}

/** The configuration as it is written, with its environments beside it and its plugins by name put in. */
export async function readConfig(found: ConfigFile): Promise<unknown> {
  const { file, directory, kind } = found
  const written =
    kind === 'typescript' || kind === 'javascript'
      ? defaultOf(await importModule(file, directory))
      : await readText(file, kind === 'json' ? 'json' : 'yaml', kind === 'deployfile')
  const config = kind === 'deployfile' ? fromDeployfile(written) : written
  if (typeof config !== 'object' || config === null || Array.isArray(config)) return config
  const environments = 'environments' in config ? undefined : await environmentsBeside(file)
  const plugins = 'plugins' in config ? await pluginsByName(config.plugins, directory, kind === 'deployfile') : undefined
  return { ...config, ...(environments === undefined ? {} : { environments }), ...(plugins === undefined ? {} : { plugins }) }
}

/** fapistrano's way to choose among deployfiles: `FAP_APP=shop SHOP_DEPLOYFILE=…`. */
function deployfileOf(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  const app = environment.FAP_APP
  return app ? environment[`${app.toUpperCase().replace(/[^A-Z0-9]/g, '_')}_DEPLOYFILE`] : undefined
}
