import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { usageError } from '@dragonfab/core'

/** The language of a configuration file. */
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

/** YAML under any other name than `dragonfab.config.yml` is a deployfile, as `-d FILE` of fapistrano takes it. */
function kindOfFile(file: string): ConfigKind | undefined {
  if (/\.ya?ml$/.test(file)) return basename(file).startsWith('dragonfab.config.') ? 'yaml' : 'deployfile'
  return extensions[extname(file)]
}

/**
 * The configuration for the folder `start`: `given` (`written` says how, for errors), or else `dragonfab.config.*`, or else `deploy.yml`, in `start` or the
 * nearest parent that has one. Throws a usage error when there is none, or when a folder has two.
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
    message: `no configuration in ${resolve(start)} or above it`,
    remedy: misnamed[0]
      ? `${misnamed[0]} has a name that Dragonfab does not read: call it dragonfab.config.{ts,mts,js,mjs,json,yml} or deploy.yml`
      : 'write one with `dragonfab new`, or name one with --config FILE',
  })
}

function readChosen(file: string, written: string): ConfigFile {
  if (!existsSync(file)) {
    throw usageError({
      code: 'CONFIG_MISSING',
      message: `${written}: there is no such file`,
      remedy: 'check the path: it is relative to the working directory',
    })
  }
  const kind = kindOfFile(file)
  if (!kind || !isFile(file)) {
    throw usageError({
      code: 'CONFIG_KIND',
      message: `${written}: not a file of a known kind`,
      remedy: `a configuration ends in ${Object.keys(extensions).join(', ')}`,
    })
  }
  return { file, directory: dirname(file), kind }
}

/** Two files for one thing: neither is right. */
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

/** Names in a folder, or none if it cannot be read. */
function listFolder(directory: string): readonly string[] {
  try {
    return readdirSync(directory).sort()
  } catch {
    return []
  }
}
