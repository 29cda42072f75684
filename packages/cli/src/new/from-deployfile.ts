import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { AnyPlugin, Variable } from '@dragonfab/core'
import { loadProject } from '@dragonfab/plan'
import { parseDocument } from 'yaml'
import { ownPackage } from '../config/own-plugins.ts'
import { pluginsByName } from '../config/plugins.ts'
import { readText } from '../config/read-text.ts'
import { namedPlugins, placesOf, pluginName } from '../deployfile/plugins.ts'
import { settle } from '../deployfile/settle.ts'
import { isTable, type Table } from '../deployfile/table.ts'
import { type Comments, commentsOf, pathOf } from './comments.ts'
import { Properties, print, Raw } from './typescript.ts'

export interface Written {
  readonly text: string
  /** What was not taken over, or should be looked at. */
  readonly notes: readonly string[]
}

/** A deployfile as a typed configuration that gives every host the same variables. */
export async function fromDeployfile(file: string): Promise<Written> {
  const read = await readText(file, 'yaml', true)
  const written = isTable(read) ? read : {}
  const names = namedPlugins(written, placesOf(written)).all
  const plugins = (await pluginsByName(names, dirname(file), true)) as readonly AnyPlugin[]
  const { config, notes } = settle(written, plugins)
  loadProject(config, { directory: dirname(file), file, roleTablesReplace: true })
  const comments = commentsOf(parseDocument(readFileSync(file, 'utf8')))
  const project = loadProject({ appName: 'x', plugins }, { directory: '/' })
  const writer = new Writer(project.variables(), comments)
  const imported = importsOf(names, plugins)
  const body = writer.config(pushedDown(config, project.variables()), new Raw(`[${imported.calls.join(', ')}]`))
  const head = comments.head.map((line) => `// ${line}`.trimEnd())
  const foot = comments.foot.map((line) => `// ${line}`.trimEnd())
  const lines = [...imported.lines, '', ...head, `export default defineConfig(${print(body)})`, ...foot]
  return { text: `${lines.join('\n')}\n`, notes: [...notes, ...writer.notes] }
}

/** `release` comes along with what needs it, and is listed where nothing does. */
function importsOf(
  names: readonly string[],
  plugins: readonly AnyPlugin[],
): { readonly lines: readonly string[]; readonly calls: readonly string[] } {
  const needed = (name: string): boolean => plugins.some(({ needs }) => needs.some((need) => need.name === name))
  const listed = names.filter((written, index) => pluginName(written) !== 'release' || !needed(plugins[index]?.name ?? ''))
  const known = listed.map((written) => ({ identifier: identifier(pluginName(written)), from: importOf(pluginName(written)) }))
  const lines = [...known.map(({ identifier, from }) => `import ${identifier} from '${from}'`), "import { defineConfig } from 'dragonfab'"]
  return {
    lines: lines.sort((a, b) => (a.split(" from '")[1] ?? '').localeCompare(b.split(" from '")[1] ?? '')),
    calls: known.map((each) => `${each.identifier}()`),
  }
}

const identifier = (name: string): string =>
  name
    .replace(/^.*\//, '')
    .replace(/\.[cm]?[jt]s$/, '')
    .replace(/[-_.]+(\w)/g, (_, letter: string) => letter.toUpperCase())

function importOf(name: string): string {
  if (/^[./]/.test(name) || name.startsWith('@')) return name
  const own = ownPackage(name)
  return own.entry ? `${own.name}/${own.entry}` : own.name
}

/**
 * A table that a role sets replaces the one at the top there, and merges here: such a table is written in every role instead. What says the
 * same in both ways is left where it is.
 */
function pushedDown(config: Table, variables: readonly Variable[]): Table {
  const { environments } = config
  if (!isTable(environments)) return config
  const isTableKey = (key: string): boolean => find(variables, key)?.field.kind === 'table'
  const rolesOf = Object.values(environments).flatMap((environment) =>
    isTable(environment) && isTable(environment.roles) ? [environment.roles] : [],
  )
  const set = new Set(rolesOf.flatMap((roles) => Object.values(roles).flatMap((role) => (isTable(role) ? Object.keys(role) : []))))
  const same = (key: string): string | undefined =>
    Object.keys(config).find((top) => find(variables, top)?.name === find(variables, key)?.name)
  const tables = rolesOf.flatMap((roles) => Object.values(roles)).filter(isTable)
  // Where every role that sets it has all of its names, merging changes nothing.
  const covered = (key: string): boolean => {
    const names = Object.keys(isTable(config[key]) ? config[key] : {})
    return tables.every((role) =>
      Object.entries(role).every(
        ([own, table]) =>
          find(variables, own)?.name !== find(variables, key)?.name || (isTable(table) && names.every((name) => name in table)),
      ),
    )
  }
  const moved = [...set]
    .filter(isTableKey)
    .flatMap((key) => same(key) ?? [])
    .filter((key) => !covered(key))
  if (!moved.length) return config
  const rest = Object.fromEntries(Object.entries(config).filter(([key]) => !moved.includes(key)))
  const filled = (role: unknown): unknown => {
    const own = isTable(role) ? role : {}
    const has = (key: string): boolean => Object.keys(own).some((each) => find(variables, each)?.name === find(variables, key)?.name)
    return { ...own, ...Object.fromEntries(moved.filter((key) => !has(key)).map((key) => [key, config[key]])) }
  }
  const into = (environment: unknown): unknown =>
    isTable(environment) && isTable(environment.roles)
      ? { ...environment, roles: Object.fromEntries(Object.entries(environment.roles).map(([name, role]) => [name, filled(role)])) }
      : environment
  return { ...rest, environments: Object.fromEntries(Object.entries(environments).map(([name, environment]) => [name, into(environment)])) }
}

const flat = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[.-]/g, '_')

export function find(variables: readonly Variable[], key: string): Variable | undefined {
  return variables.find(({ name, aliases }) => [name, ...aliases].some((each) => flat(each) === flat(key)))
}

class Writer {
  readonly notes: string[] = []
  readonly #variables: readonly Variable[]
  readonly #comments: Comments
  #varsOfRoles: readonly Table[] = []

  constructor(variables: readonly Variable[], comments: Comments) {
    this.#variables = variables
    this.#comments = comments
  }

  /** The project's own variables at the top. Where roles give them other types, or alone give them, they may be anything. */
  #declared(vars: Table): Table {
    const typeOf = (value: unknown): string => (Array.isArray(value) ? 'list' : value === null ? 'nothing' : typeof value)
    return Object.fromEntries(
      Object.entries(vars).map(([name, value]) => {
        const types = new Set([typeOf(value), ...this.#varsOfRoles.flatMap((own) => (Object.hasOwn(own, name) ? [typeOf(own[name])] : []))])
        return [name, types.size > 1 || value === null ? new Raw(`${value === null ? 'undefined' : print(value)} as unknown`) : value]
      }),
    )
  }

  config({ environments, plugins: _, ...top }: Table, plugins: Raw): Properties {
    const made = new Properties()
    const tables = Object.values(isTable(environments) ? environments : {}).flatMap((environment) =>
      isTable(environment) && isTable(environment.roles) ? Object.values(environment.roles) : [],
    )
    this.#varsOfRoles = tables.flatMap((role) => (isTable(role) && isTable(role.vars) ? [role.vars] : []))
    const first = Object.entries(top).sort(([a], [b]) => rank(a) - rank(b))
    this.#table(Object.fromEntries(first.filter(([key]) => rank(key) < 2)), [], made)
    made.add('plugins', plugins, this.#comments.before.get('plugins'))
    this.#table(Object.fromEntries(first.filter(([key]) => rank(key) >= 2)), [], made)
    if (!isTable(environments)) return made
    const all = new Properties()
    made.add('environments', all, this.#before('stage_role_configs'))
    for (const [name, environment] of Object.entries(environments))
      all.add(name, this.#environment(name, environment), this.#before('stage_role_configs', name))
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
      all.add(role, inner, this.#before('stage_role_configs', name, role))
      if (isTable(table)) this.#table(table, ['stage_role_configs', name, role], inner)
    }
    return made
  }

  #table(table: Table, path: readonly string[], into: Properties): void {
    for (const [key, value] of Object.entries(table)) {
      const comments = this.#before(...path, key)
      const variable = find(this.#variables, key)
      if (!variable) {
        if (key === 'vars' && isTable(value)) into.add(key, path.length ? value : this.#declared(value), comments)
        else if (isTable(value)) this.#section(key, value, [...path, key], into)
        else into.add(key, value, comments)
        continue
      }
      if (variable.field.kind === 'secretText' && typeof value === 'string')
        this.notes.push(`${[...path, key].join('.')} is a secret: take it from the environment, ${variable.name}: secret.env('…')`)
      const [section, option] = variable.name.split('.', 2)
      const target = option === undefined ? into : into.section(section ?? '')
      target.add(option ?? variable.name, listed(variable, value), comments)
    }
  }

  /** A plugin's options under its name. */
  #section(name: string, options: Table, path: readonly string[], into: Properties): void {
    const target = into.section(name)
    for (const [key, value] of Object.entries(options)) {
      const variable = find(this.#variables, `${name}.${key}`)
      target.add(variable?.name.slice(name.length + 1) ?? key, variable ? listed(variable, value) : value, this.#before(...path, key))
    }
  }

  #before(...path: readonly string[]): readonly string[] {
    return this.#comments.before.get(pathOf(...path)) ?? []
  }
}

/** A lone value of a list of anything but texts must be a list for the types. */
function listed({ field }: Variable, value: unknown): unknown {
  return field.kind === 'list' && value !== null && typeof value !== 'string' && !Array.isArray(value) ? [value] : value
}

/** What names the application comes first, then `vars`, the plugins, and the rest as it stands. */
function rank(key: string): number {
  if (/^(app|project)_?name$/i.test(key)) return 0
  return key === 'vars' ? 1 : 2
}
