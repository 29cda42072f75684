import type { Variable } from '@dragonfab/core'
import {
  type Contribution,
  format,
  isPlain,
  type Layer,
  type LayerPlace,
  namesIn,
  type Plain,
  parseValue,
  type Registry,
  type Report,
  readLayer,
  sentence,
  varProblems,
} from '@dragonfab/core/env'

/** A table of the config as a layer, its values checked. */
export function loadLayer(registry: Registry, values: Plain, place: LayerPlace, report: Report): Layer {
  const layer = readLayer(registry, values, place, report)
  checkLayer(registry, layer, report)
  return layer
}

/** Reports every value of a layer that is wrong on any host. */
export function checkLayer(registry: Registry, layer: Layer, report: Report): void {
  for (const [name, contribution] of layer) {
    const variable = registry.find(name)
    if (variable) checkContribution(registry, variable, contribution, report)
  }
}

/** What can be said about a value before any host is known: its type, and the names in its `%(…)s`. */
function checkContribution(registry: Registry, variable: Variable, { value, path, mode }: Contribution, report: Report): void {
  const { field, plugin } = variable
  const literal = mode === 'data' || field.kind === 'secretText'
  if (!literal) for (const { text, place } of textsOf(value, path)) checkNames(registry, text, place, report)
  if (plugin === 'vars') {
    for (const problem of varProblems(value)) report('BAD_VALUE', `${path}${problem}`)
  } else if (literal || !isLazy(value)) {
    const parsed = parseValue(field, literal ? value : unescaped(value), {
      name: variable.name,
      text: mode === 'text',
      partial: field.kind === 'table',
    })
    for (const problem of parsed.wrong ?? []) report('BAD_VALUE', sentence(path, problem))
  }
}

function checkNames(registry: Registry, text: string, place: string, report: Report): void {
  for (const name of namesIn(text)) {
    const named = registry.find(name)
    if (!named)
      report('UNKNOWN_VARIABLE', `${place}: %(${name})s names no variable`, registry.suggest(name) ?? 'write %% for a percent sign')
    else if (named.field.kind === 'secretText') {
      report(
        'SECRET_FORMATTED',
        `${place}: %(${name})s is a secret, and secrets are never put into text`,
        'use it in a hook: sh keeps it hidden',
      )
    }
  }
}

/** Whether a value, or something in it, is only known when env is. */
function isLazy(value: unknown): boolean {
  if (typeof value === 'function') return true
  if (typeof value === 'string') return namesIn(value).length > 0
  if (Array.isArray(value)) return value.some(isLazy)
  return isPlain(value) && Object.values(value).some(isLazy)
}

/** A value without names in it, as it will be: `100%%` is `100%`. */
function unescaped(value: unknown): unknown {
  if (typeof value === 'string') return format(value, () => '')
  if (Array.isArray(value)) return value.map(unescaped)
  return isPlain(value) ? Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, unescaped(entry)])) : value
}

function textsOf(value: unknown, place: string): readonly { readonly text: string; readonly place: string }[] {
  if (typeof value === 'string') return [{ text: value, place }]
  if (Array.isArray(value)) return value.flatMap((entry, index) => textsOf(entry, `${place}[${index}]`))
  return isPlain(value) ? Object.entries(value).flatMap(([key, entry]) => textsOf(entry, `${place}.${key}`)) : []
}
