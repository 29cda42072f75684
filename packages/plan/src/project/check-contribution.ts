import type { Variable } from '@dragonfab/core'
import {
  type Contribution,
  formatPlaceholders,
  type Layer,
  type LayerSource,
  mapTree,
  type PlainObject,
  parseValue,
  placeholderNames,
  type Registry,
  type Report,
  readLayer,
  toSentence,
} from '@dragonfab/core'

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
  const { field } = variable
  const literal = mode === 'data' || field.kind === 'secretText'
  let lazy = false
  // A value without names in it, as it will be: `100%%` is `100%`.
  const plain = mapTree(
    value,
    (leaf, place) => {
      if (typeof leaf === 'function') lazy = true
      if (typeof leaf !== 'string' || literal) return leaf
      lazy ||= placeholderNames(leaf).length > 0
      checkNames(registry, leaf, place, report)
      return formatPlaceholders(leaf, () => '')
    },
    path,
  )
  if (literal || field.kind === 'any' || !lazy) {
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
