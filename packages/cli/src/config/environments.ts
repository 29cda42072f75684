import { basename, dirname } from 'node:path'
import { candidates, twice } from './discover.ts'
import { defaultOf, importModule } from './import-module.ts'
import { readText } from './read-text.ts'

/** `environments.{ts,js,json,yml}` beside the configuration: its default export, or what it exports as `environments`. Undefined without one. */
export async function environmentsBeside(config: string): Promise<unknown> {
  const directory = dirname(config)
  const found = candidates(directory, 'environments', ['.ts', '.js', '.json', '.yml'])
  if (found.length > 1) throw twice(directory, found)
  const file = found[0]
  if (!file) return undefined
  if (/\.(json|yml)$/.test(basename(file))) return unwrapped(await readText(file, file.endsWith('.json') ? 'json' : 'yaml'))
  const module = await importModule(file, directory)
  return 'environments' in module ? module.environments : unwrapped(defaultOf(module))
}

function unwrapped(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const keys = Object.keys(value)
  return keys.length === 1 && keys[0] === 'environments' ? (value as { environments: unknown }).environments : value
}
