import {
  type AnyPlugin,
  coreFields,
  didYouMean,
  type Field,
  type Fields,
  type Registry,
  type Report,
  selectionFields,
  type Variable,
} from '@dragonfab/core'
import { normalizeName, toSnakeCase } from './names.ts'

/** Keys of a config that are not variables. No variable may have such a name. */
const reservedKeys = ['plugins', 'environments', 'environment', 'roles', 'sequence', 'hooks', 'tasks', 'vars', 'name', 'address']

const varField: Field = { kind: 'any', help: 'A variable of this project', alias: [], required: false, fact: false }

/** Collects the variables of core, the plugins and the project's `vars`. Reports names that two of them have. */
export function createRegistry(plugins: readonly AnyPlugin[], vars: readonly string[], report: Report): Registry {
  const variables: Variable[] = []
  const names = new Map<string, Variable>()
  const sections = new Map<string, string>()

  const claim = (word: string, variable: Variable) => {
    const holder = names.get(normalizeName(word))
    if (holder && holder !== variable)
      report(
        'DUPLICATE_NAME',
        `${describeVariable(variable)} and ${describeVariable(holder)} have the same name: ${word}`,
        'rename one of them',
      )
    else names.set(normalizeName(word), variable)
  }
  const declare = (plugin: string, section: string | undefined, fields: Fields) => {
    for (const [key, field] of Object.entries(fields)) {
      const name = section ? `${section}.${key}` : key
      if (!section && reservedKeys.includes(key))
        report('RESERVED_NAME', `plugin ${plugin} declares the variable ${key}, which is a key of the config itself`, 'rename it')
      const variable: Variable = { name, plugin, field, aliases: listSpellings(name, field.alias) }
      variables.push(variable)
      for (const word of [name, ...field.alias]) claim(word, variable)
    }
  }

  declare('core', undefined, { ...selectionFields, ...coreFields })
  for (const { name, options, variables: flat } of plugins) {
    if (reservedKeys.includes(name))
      report('RESERVED_NAME', `a plugin cannot be called ${name}, which is a key of the config itself`, 'rename it')
    if (Object.keys(options).length) sections.set(normalizeName(name), name)
    declare(name, name, options)
    declare(name, undefined, flat)
  }
  for (const section of sections.values()) {
    const holder = names.get(normalizeName(section))
    if (holder)
      report(
        'DUPLICATE_NAME',
        `${describeVariable(holder)} has the same name as plugin ${section}, which has options`,
        'rename one of them',
      )
  }
  sections.set('vars', 'vars')
  declare('vars', 'vars', Object.fromEntries(vars.map((key) => [key, varField])))

  const facts = new Map(
    plugins.flatMap((plugin) => Object.entries(plugin.facts).map(([name, { signals }]) => [normalizeName(name), signals] as const)),
  )
  const find = (name: string, section?: string) => names.get(normalizeName(section ? `${section}.${name}` : name))
  return {
    variables,
    sections: [...sections.values()],
    tables: groupBySection(variables, [...sections.values()]),
    find,
    sectionOf: (name) => sections.get(normalizeName(name)),
    suggest: (name, section, further = []) =>
      didYouMean(name, listCandidates(variables, section, name.includes('_'), [...further, ...(section ? [] : sections.values())])),
    factSignals: (name) => facts.get(normalizeName(name)),
  }
}

function groupBySection(variables: readonly Variable[], sections: readonly string[]): Registry['tables'] {
  const tables = new Map<string | undefined, Map<string, string>>([undefined, ...sections].map((section) => [section, new Map()]))
  for (const { name } of variables) {
    const section = sections.find((each) => name.startsWith(`${each}.`))
    tables.get(section)?.set(section ? name.slice(section.length + 1) : name, name)
  }
  return tables
}

const describeVariable = ({ plugin, name }: Variable) =>
  plugin === 'core' ? `core’s ${name}` : plugin === 'vars' ? name : `${name} of plugin ${plugin}`

function listSpellings(name: string, alias: readonly string[]): readonly string[] {
  return [...new Set([toSnakeCase(name), toSnakeCase(name).replaceAll('.', '_'), ...alias])].filter((word) => word !== name)
}

/** The names to suggest, in snake_case if the unknown name is in snake_case. */
function listCandidates(
  variables: readonly Variable[],
  section: string | undefined,
  snakeCase: boolean,
  further: readonly string[],
): readonly string[] {
  const style = (name: string) => (snakeCase ? toSnakeCase(name) : name)
  const declared = variables.flatMap(({ name, field }) => {
    if (!section) return [style(name), ...field.alias]
    return name.startsWith(`${section}.`) ? [style(name.slice(section.length + 1))] : []
  })
  return [...further, ...declared]
}

/** Whether it says what an env is for (`stage`, `role`, `host`, `hosts`). Layers cannot set such a variable. */
export function isSelectionField(name: string): boolean {
  return Object.hasOwn(selectionFields, name)
}
