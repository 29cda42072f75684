import {
  type Contribution,
  describeValue,
  formatPlaceholders,
  isPlainObject,
  type Layer,
  mapTree,
  type PlainObject,
  parseValue,
  placeholderNames,
  type Registry,
  type Report,
  toSentence,
  type Variable,
} from '@dragonfab/core'
import { isSelectionField } from './registry.ts'

interface LayerSource {
  /** The table's position in the config: `environments.production`. Empty for the top level. */
  readonly path: string
  readonly origin: string
  /** The position of a key, if it is not the table's path and the key. */
  readonly pathOf?: (key: string) => string
  /** Keys that are not variables (`hosts`, `roles`). */
  readonly keys?: readonly string[]
  /** Keys that belong to other tables, and which. */
  readonly misplacedKeys?: Readonly<Record<string, string>>
  /** The plugin whose options the table has, and nothing else. */
  readonly section?: string
  readonly mode?: Contribution['mode']
  readonly replaces?: boolean | undefined
}

const joinPath = (path: string, key: string) => (path ? `${path}.${key}` : key)

/** Reads a table of the config as a layer. Reports unknown names, and does not look at values. */
function readLayer(registry: Registry, values: PlainObject, source: LayerSource, report: Report): Layer {
  const layer = new Map<string, Contribution>()
  const { keys = [], misplacedKeys = {}, mode = 'lazy', origin, replaces, pathOf = (key: string) => joinPath(source.path, key) } = source

  const put = (key: string, value: unknown, path: string, section: string | undefined) => {
    const variable = registry.find(key, section)
    if (!variable || (section && !variable.name.startsWith(`${section}.`))) {
      const properTable = section === undefined && Object.hasOwn(misplacedKeys, key) ? misplacedKeys[key] : undefined
      report(
        mode === 'text' ? 'UNKNOWN_VARIABLE' : 'UNKNOWN_KEY',
        `${path} is not known`,
        properTable ? `${key} belongs ${properTable}` : registry.suggest(key, section, section ? [] : keys),
      )
    } else if (isSelectionField(variable.name)) {
      report('UNKNOWN_KEY', `${path} cannot be set: ${variable.name} follows from the position in the config`)
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
      const path = pathOf(key)
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

/** Reads a table of the config as a layer, and checks its values. */
export function loadLayer(registry: Registry, values: PlainObject, source: LayerSource, report: Report): Layer {
  const layer = readLayer(registry, values, source, report)
  checkLayer(registry, layer, report)
  return layer
}

/** Reports every value of a layer that is wrong for all hosts. */
function checkLayer(registry: Registry, layer: Layer, report: Report): void {
  for (const [name, contribution] of layer) {
    const variable = registry.find(name)
    if (variable) checkContribution(registry, variable, contribution, report)
  }
}

/** Checks what does not depend on a host: a value's type, and the names in its `%(…)s`. */
function checkContribution(registry: Registry, variable: Variable, { value, path, mode }: Contribution, report: Report): void {
  const { field } = variable
  const literal = mode === 'data' || field.kind === 'secretText'
  let lazy = false
  // The value as it will be if it has no placeholders: `100%%` is `100%`.
  const plain = mapTree(
    value,
    (leaf, position) => {
      if (typeof leaf === 'function') lazy = true
      if (typeof leaf !== 'string' || literal) return leaf
      lazy ||= placeholderNames(leaf).length > 0
      checkNames(registry, leaf, position, report)
      return formatPlaceholders(leaf, () => '')
    },
    path,
  )
  if (field.kind === 'any' || !lazy) {
    const parsed = parseValue(field, plain, {
      name: variable.name,
      text: mode === 'text',
      partial: field.kind === 'table',
    })
    for (const problem of parsed.faults ?? []) report('BAD_VALUE', toSentence(path, problem))
  }
}

function checkNames(registry: Registry, text: string, configPath: string, report: Report): void {
  for (const name of placeholderNames(text)) {
    const variable = registry.find(name)
    if (!variable)
      report('UNKNOWN_VARIABLE', `${configPath}: %(${name})s is not a variable`, registry.suggest(name) ?? 'write %% for a percent sign')
    else if (variable.field.kind === 'secretText') {
      report(
        'SECRET_FORMATTED',
        `${configPath}: %(${name})s is a secret, and secrets never become part of text`,
        'use it in a hook: sh hides it',
      )
    }
  }
}
