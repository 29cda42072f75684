import type { Variable } from '@dragonfab/core'
import { type DeployfileTable, isTable } from '../deployfile/table.ts'
import { findVariable } from '../deployfile/variables.ts'
import { type Comments, pathOf } from './comments.ts'
import { Properties, printValue, RawText } from './typescript.ts'

/** Writes a converted deployfile as the properties of a typed configuration, each with its comments. */
export class ConfigWriter {
  readonly notes: string[] = []
  readonly #variables: readonly Variable[]
  readonly #comments: Comments
  #varsOfRoles: readonly DeployfileTable[] = []

  constructor(variables: readonly Variable[], comments: Comments) {
    this.#variables = variables
    this.#comments = comments
  }

  /** The project's own variables at the top level. If roles set them to other types, or only roles set them, their type is unknown. */
  #declareVariables(vars: DeployfileTable): DeployfileTable {
    const typeOf = (value: unknown): string => (Array.isArray(value) ? 'list' : value === null ? 'nothing' : typeof value)
    return Object.fromEntries(
      Object.entries(vars).map(([name, value]) => {
        const types = new Set([typeOf(value), ...this.#varsOfRoles.flatMap((own) => (Object.hasOwn(own, name) ? [typeOf(own[name])] : []))])
        return [
          name,
          types.size > 1 || value === null ? new RawText(`${value === null ? 'undefined' : printValue(value)} as unknown`) : value,
        ]
      }),
    )
  }

  config({ environments, plugins: _, ...top }: DeployfileTable, plugins: RawText): Properties {
    const made = new Properties()
    const tables = Object.values(isTable(environments) ? environments : {}).flatMap((environment) =>
      isTable(environment) && isTable(environment.roles) ? Object.values(environment.roles) : [],
    )
    this.#varsOfRoles = tables.flatMap((role) => (isTable(role) && isTable(role.vars) ? [role.vars] : []))
    const first = Object.entries(top).sort(([a], [b]) => keyRank(a) - keyRank(b))
    this.#table(Object.fromEntries(first.filter(([key]) => keyRank(key) < 2)), [], made)
    made.add('plugins', plugins, this.#comments.before.get('plugins'))
    this.#table(Object.fromEntries(first.filter(([key]) => keyRank(key) >= 2)), [], made)
    if (!isTable(environments)) return made
    const all = new Properties()
    made.add('environments', all, this.#commentsBefore('stage_role_configs'))
    for (const [name, environment] of Object.entries(environments))
      all.add(name, this.#environment(name, environment), this.#commentsBefore('stage_role_configs', name))
    return made
  }

  #environment(name: string, environment: unknown): unknown {
    if (!isTable(environment)) return environment ?? {}
    const made = new Properties()
    const { roles, ...own } = environment
    this.#table(own, ['environments', name], made)
    if (!isTable(roles)) return made
    const all = new Properties()
    made.add('roles', all)
    for (const [role, table] of Object.entries(roles)) {
      const inner = new Properties()
      all.add(role, inner, this.#commentsBefore('stage_role_configs', name, role))
      if (isTable(table)) this.#table(table, ['stage_role_configs', name, role], inner)
    }
    return made
  }

  #table(table: DeployfileTable, path: readonly string[], into: Properties): void {
    for (const [key, value] of Object.entries(table)) {
      const comments = this.#commentsBefore(...path, key)
      const variable = findVariable(this.#variables, key)
      if (!variable) {
        if (key === 'vars' && isTable(value)) into.add(key, path.length ? value : this.#declareVariables(value), comments)
        else if (isTable(value)) this.#section(key, value, [...path, key], into)
        else into.add(key, value, comments)
        continue
      }
      if (variable.field.kind === 'secretText' && typeof value === 'string')
        this.notes.push(`${[...path, key].join('.')} is a secret: read it from the environment, ${variable.name}: secret.env('…')`)
      const [section, option] = variable.name.split('.', 2)
      const target = option === undefined ? into : into.section(section ?? '')
      target.add(option ?? variable.name, formatEntry(variable, value), comments)
    }
  }

  /** A plugin's options under its name. */
  #section(name: string, options: DeployfileTable, path: readonly string[], into: Properties): void {
    const target = into.section(name)
    for (const [key, value] of Object.entries(options)) {
      const variable = findVariable(this.#variables, `${name}.${key}`)
      target.add(
        variable?.name.slice(name.length + 1) ?? key,
        variable ? formatEntry(variable, value) : value,
        this.#commentsBefore(...path, key),
      )
    }
  }

  #commentsBefore(...path: readonly string[]): readonly string[] {
    return this.#comments.before.get(pathOf(...path)) ?? []
  }
}

/** A single value of a list must become a list, unless it is text, because the types require it. */
function formatEntry({ field }: Variable, value: unknown): unknown {
  return field.kind === 'list' && value !== null && typeof value !== 'string' && !Array.isArray(value) ? [value] : value
}

/** The order of keys: `appName`, `vars`, `plugins`, then the rest in its own order. */
function keyRank(key: string): number {
  if (/^(app|project)_?name$/i.test(key)) return 0
  return key === 'vars' ? 1 : 2
}
