import { describeValue } from '../config/parse.ts'
import type { Report } from '../config/schema.ts'
import { isPlainObject, type PlainObject } from '../plain.ts'
import type { Registry } from './registry.ts'

/** What one layer says about one variable. */
export interface Contribution {
  readonly value: unknown
  /** The place of the value itself: `environments.production.git.branch`. */
  readonly path: string
  /** The layer, for people: `environments.production`, `plugin release`, `--set`. */
  readonly origin: string
  /** `lazy`: functions are called and `%(…)s` is put in · `text`: the same, and text is read as the field's kind · `data`: as it is. */
  readonly mode: 'lazy' | 'text' | 'data'
  /** A table that stands for all of it: those of lower layers do not merge with it. */
  readonly replaces?: boolean | undefined
}

/** Contributions by the variable's dotted name. */
export type Layer = ReadonlyMap<string, Contribution>

export interface LayerSource {
  /** The path of the table: `environments.production`; empty for the top level. */
  readonly path: string
  readonly origin: string
  /** The path of a key, where it is not the table's path with the key. */
  readonly pathOf?: (key: string) => string
  /** Keys that are no variables here (`hosts`, `roles`). */
  readonly keys?: readonly string[]
  /** Keys that would be right elsewhere, and where. */
  readonly misplacedKeys?: Readonly<Record<string, string>>
  /** Only this plugin's options. */
  readonly section?: string
  readonly mode?: Contribution['mode']
  readonly replaces?: boolean | undefined
}

const joinPath = (path: string, key: string) => (path ? `${path}.${key}` : key)

/** A table of the config as a layer. Unknown names are reported; its values are not looked at. */
export function readLayer(registry: Registry, values: PlainObject, source: LayerSource, report: Report): Layer {
  const layer = new Map<string, Contribution>()
  const {
    keys = [],
    misplacedKeys: elsewhere = {},
    mode = 'lazy',
    origin,
    replaces,
    pathOf: at = (key) => joinPath(source.path, key),
  } = source

  const put = (key: string, value: unknown, path: string, section: string | undefined) => {
    const variable = registry.find(key, section)
    if (!variable || (section && !variable.name.startsWith(`${section}.`))) {
      const properPlace = section === undefined && Object.hasOwn(elsewhere, key) ? elsewhere[key] : undefined
      report(
        mode === 'text' ? 'UNKNOWN_VARIABLE' : 'UNKNOWN_KEY',
        `${path} is not known`,
        properPlace ? `${key} stands ${properPlace}` : registry.suggest(key, section, section ? [] : keys),
      )
    } else if (registry.isSelectionField(variable.name)) {
      report('UNKNOWN_KEY', `${path} cannot be set: ${variable.name} is told by the place in the config`)
    } else if (layer.has(variable.name)) {
      report('DUPLICATE_NAME', `${path} and ${layer.get(variable.name)?.path} are the same variable`, 'leave one of them out')
    } else {
      layer.set(variable.name, { value, path, origin, mode, ...(replaces && { replaces }) })
    }
  }

  const putSection = (section: string, content: PlainObject, path: string) => {
    for (const [key, value] of Object.entries(content)) if (value !== undefined) put(key, value, joinPath(path, key), section)
  }

  if (source.section) putSection(source.section, values, source.path)
  else
    for (const [key, value] of Object.entries(values)) {
      if (value === undefined || keys.includes(key)) continue
      const path = at(key)
      const section = registry.sectionOf(key)
      if (!section) put(key, value, path, undefined)
      else if (isPlainObject(value)) putSection(section, value, path)
      else if (value !== null)
        report(
          'BAD_VALUE',
          `${path} should be a table of ${section === 'vars' ? 'variables' : `${section}’s options`}, not ${describeValue(value)}`,
        )
    }
  return layer
}
