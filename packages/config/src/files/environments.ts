import { basename, dirname } from 'node:path'
import { ambiguousError, listCandidates } from './discover.ts'
import { importModule, readDefault } from './import-module.ts'
import { readText } from './read-text.ts'

/** Reads `environments.{ts,js,json,yml}` beside the configuration: its default export, or its export `environments`. Undefined without a file. */
export async function readEnvironmentsBeside(config: string): Promise<unknown> {
  const directory = dirname(config)
  const found = listCandidates(directory, 'environments', ['.ts', '.js', '.json', '.yml'])
  if (found.length > 1) throw ambiguousError(directory, found)
  const file = found[0]
  if (!file) return undefined
  if (/\.(json|yml)$/.test(basename(file))) return unwrapDefault(await readText(file, file.endsWith('.json') ? 'json' : 'yaml'))
  const module = await importModule(file, directory)
  return 'environments' in module ? module.environments : unwrapDefault(readDefault(module))
}

function unwrapDefault(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const keys = Object.keys(value)
  return keys.length === 1 && keys[0] === 'environments' ? (value as { environments: unknown }).environments : value
}
