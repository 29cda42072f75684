import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { usageError } from '@dragonfab/core'

/** The format of a configuration file. */
export type ConfigKind = 'typescript' | 'javascript' | 'json' | 'yaml' | 'deployfile'

export interface ConfigFile {
  readonly file: string
  readonly directory: string
  readonly kind: ConfigKind
}

const extensions: Readonly<Record<string, ConfigKind>> = {
  '.ts': 'typescript',
  '.mts': 'typescript',
  '.js': 'javascript',
  '.mjs': 'javascript',
  '.json': 'json',
  '.yml': 'yaml',
}

/** Files named `<stem>.<known extension>` in a folder. */
export function listCandidates(directory: string, stem: string, allowed: readonly string[] = Object.keys(extensions)): readonly string[] {
  return listFolder(directory)
    .filter((name) => name.startsWith(`${stem}.`) && allowed.includes(name.slice(stem.length)))
    .map((name) => join(directory, name))
}

/** YAML with any other name than `dragonfab.config.yml` is a deployfile, as for `-d FILE` of fapistrano. */
function kindOfFile(file: string): ConfigKind | undefined {
  if (/\.ya?ml$/.test(file)) return basename(file).startsWith('dragonfab.config.') ? 'yaml' : 'deployfile'
  return extensions[extname(file)]
}

/**
 * Finds the configuration for the folder `start`: `given` (errors name it as `written`), else `dragonfab.config.*`, else `deploy.yml`, in
 * `start` or the nearest parent that has one. Throws a usage error if there is none, or if a folder has two.
 */
export function discoverConfig(start: string, given?: string, written = `--config ${given}`): ConfigFile {
  if (given !== undefined) return readChosen(resolve(start, given), written)
  const misnamed: string[] = []
  for (let directory = resolve(start); ; directory = dirname(directory)) {
    const found = listCandidates(directory, 'dragonfab.config')
    if (found.length > 1) throw ambiguousError(directory, found)
    const file = found[0] ?? [join(directory, 'deploy.yml')].find(isFile)
    if (file) return { file, directory, kind: kindOfFile(file) ?? 'yaml' }
    misnamed.push(
      ...listFolder(directory)
        .filter((name) => /^dragonfab\.config\.|^dragonfab\.(ts|js|json|ya?ml)$|^deploy\.yaml$/.test(name))
        .map((name) => join(directory, name)),
    )
    if (dirname(directory) === directory) break
  }
  throw usageError({
    code: 'CONFIG_MISSING',
    message: `no configuration in ${resolve(start)} or its parent folders`,
    remedy: misnamed[0]
      ? `${misnamed[0]} has a name that Dragonfab does not read: rename it to dragonfab.config.{ts,mts,js,mjs,json,yml} or deploy.yml`
      : 'write one with `dragonfab new`, or name one with --config FILE',
  })
}

function readChosen(file: string, written: string): ConfigFile {
  if (!existsSync(file)) {
    throw usageError({
      code: 'CONFIG_MISSING',
      message: `${written}: there is no such file`,
      remedy: 'check the path, which is relative to the working directory',
    })
  }
  const kind = kindOfFile(file)
  if (!kind || !isFile(file)) {
    throw usageError({
      code: 'CONFIG_KIND',
      message: `${written}: this type of file is not supported`,
      remedy: `use a file that ends in ${Object.keys(extensions).join(', ')}`,
    })
  }
  return { file, directory: dirname(file), kind }
}

/** The error for two configurations in one folder. Neither is preferred. */
export function ambiguousError(directory: string, found: readonly string[]): ReturnType<typeof usageError> {
  return usageError({
    code: 'CONFIG_TWICE',
    message: `two configurations in ${directory}: ${found.map((file) => file.slice(directory.length).replace(/^[/\\]/, '')).join(' and ')}`,
    remedy: 'remove one of them, or name one with --config FILE',
  })
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

/** The names in a folder, or an empty list if it cannot be read. */
function listFolder(directory: string): readonly string[] {
  try {
    return readdirSync(directory).sort()
  } catch {
    return []
  }
}
