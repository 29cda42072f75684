import { existsSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { type AnyPlugin, didYouMean, isDragonfabError, isPlugin, type Problem, usageError } from '@dragonfab/core'
import { importModule, readDefault } from './import-module.ts'
import { ownPackage, ownPluginNames } from './own-plugins.ts'
import { resolvePackage } from './resolve-package.ts'

/** Translates the name of a plugin in the configuration into the name to look for. May throw a usage error about `place`. */
export type NameOf = (written: string, place: string) => string

/**
 * Replaces names of plugins (`git`, a package, `./path`) by the plugins. All names that are not found are reported together, each with the
 * command that installs the package. Core checks everything that is not a name.
 */
export async function loadPluginsByName(given: unknown, directory: string, nameOf: NameOf = (written) => written): Promise<unknown> {
  if (typeof given === 'string') return loadPluginsByName([given], directory, nameOf)
  if (!Array.isArray(given)) return given
  const problems: Problem[] = []
  const plugins: unknown[] = []
  for (const [index, each] of given.entries()) {
    try {
      plugins.push(typeof each === 'string' ? await loadPlugin(each, `plugins[${index}]`, directory, nameOf) : each)
    } catch (error) {
      if (!isDragonfabError(error)) throw error
      problems.push(...error.problems)
    }
  }
  if (problems.length) throw usageError(problems)
  return plugins
}

async function loadPlugin(written: string, place: string, directory: string, nameOf: NameOf): Promise<unknown> {
  const name = nameOf(written, place)
  const file =
    /^\.{1,2}\//.test(name) || name.startsWith('/')
      ? resolvePluginPath(name, place, directory)
      : await resolvePluginPackage(name, place, directory)
  const exported = readDefault(await importModule(file, directory))
  const made = typeof exported === 'function' && !isPlugin(exported) ? (exported as () => AnyPlugin)() : exported
  if (isPlugin(made)) return made
  throw usageError({
    code: 'PLUGIN_FORM',
    message: `${place} ‘${written}’: ${file} does not export a plugin`,
    remedy: 'write `export default definePlugin({ … })`',
  })
}

function resolvePluginPath(name: string, place: string, directory: string): string {
  const path = resolve(directory, name)
  const index = ['index.ts', 'index.mts', 'index.js', 'index.mjs'].map((each) => join(path, each))
  const found = [path, ...['.ts', '.mts', '.js', '.mjs'].map((each) => path + each), ...index].find((each) =>
    statSync(each, { throwIfNoEntry: false })?.isFile(),
  )
  if (found) return found
  if (existsSync(join(path, 'package.json'))) return createRequire(join(directory, '_')).resolve(path)
  throw usageError({
    code: 'PLUGIN_MISSING',
    message: `${place} ‘${name}’: there is no such file`,
    remedy: `check the path, which is relative to ${directory}`,
  })
}

/** A short name means Dragonfab's own plugin if there is one, else the package with that name. */
async function resolvePluginPackage(name: string, place: string, directory: string): Promise<string> {
  const short = /^[a-z0-9][a-z0-9-]*$/.test(name)
  const own = ownPackage(name)
  const found = (short && resolvePackage(own.name, directory, own.entry)) || resolvePackage(name, directory)
  if (found) return found
  const names = short ? [own.name, name] : [name]
  const known = ownPluginNames.includes(name)
  const guess = short && !known ? didYouMean(name, ownPluginNames) : undefined
  const { installCommand } = await import('create-dragonfab')
  const install = await installCommand(directory, [names[0] ?? name])
  throw usageError({
    code: 'PLUGIN_MISSING',
    message: `${place} ‘${name}’: ${known || !short ? `${names[0]} is not installed` : `neither ${names.join(' nor ')} is installed`}`,
    remedy: guess ? `${guess} · or install it: ${install}` : install,
  })
}
