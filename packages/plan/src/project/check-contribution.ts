import type { Variable } from '@dragonfab/core'
import {
  type Contribution,
  findVarProblems,
  formatPlaceholders,
  isPlainObject,
  type Layer,
  type LayerSource,
  type PlainObject,
  parseValue,
  placeholderNames,
  type Registry,
  type Report,
  readLayer,
  toSentence,
} from '@dragonfab/core/env'

/** A table of the config as a layer, its values checked. */
export function loadLayer(registry: Registry, values: PlainObject, place: LayerSource, report: Report): Layer {
  const layer = readLayer(registry, values, place, report)
  checkLayer(registry, layer, report)
  return layer
}

/** Reports every value of a layer that is wrong on any host. */
function checkLayer(registry: Registry, layer: Layer, report: Report): void {
  for (const [name, contribution] of layer) {
    const variable = registry.find(name)
    if (variable) checkContribution(registry, variable, contribution, report)
  }
}

/** What can be said about a value before any host is known: its type, and the names in its `%(…)s`. */
function checkContribution(registry: Registry, variable: Variable, { value, path, mode }: Contribution, report: Report): void {
  const { field, plugin } = variable
  const literal = mode === 'data' || field.kind === 'secretText'
  if (!literal) for (const { text, configPath: place } of collectTexts(value, path)) checkNames(registry, text, place, report)
  if (plugin === 'vars') {
    for (const problem of findVarProblems(value)) report('BAD_VALUE', `${path}${problem}`)
  } else if (literal || !isLazy(value)) {
    const parsed = parseValue(field, literal ? value : unescapePercents(value), {
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
      report('UNKNOWN_VARIABLE', `${configPath}: %(${name})s names no variable`, registry.suggest(name) ?? 'write %% for a percent sign')
    else if (variable.field.kind === 'secretText') {
      report(
        'SECRET_FORMATTED',
        `${configPath}: %(${name})s is a secret, and secrets are never put into text`,
        'use it in a hook: sh keeps it hidden',
      )
    }
  }
}

/** Whether a value, or something in it, is only known when env is. */
function isLazy(value: unknown): boolean {
  if (typeof value === 'function') return true
  if (typeof value === 'string') return placeholderNames(value).length > 0
  if (Array.isArray(value)) return value.some(isLazy)
  return isPlainObject(value) && Object.values(value).some(isLazy)
}

/** A value without names in it, as it will be: `100%%` is `100%`. */
function unescapePercents(value: unknown): unknown {
  if (typeof value === 'string') return formatPlaceholders(value, () => '')
  if (Array.isArray(value)) return value.map(unescapePercents)
  return isPlainObject(value) ? Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, unescapePercents(entry)])) : value
}

function collectTexts(value: unknown, configPath: string): readonly { readonly text: string; readonly configPath: string }[] {
  if (typeof value === 'string') return [{ text: value, configPath }]
  if (Array.isArray(value)) return value.flatMap((entry, index) => collectTexts(entry, `${configPath}[${index}]`))
  return isPlainObject(value) ? Object.entries(value).flatMap(([key, entry]) => collectTexts(entry, `${configPath}.${key}`)) : []
}
