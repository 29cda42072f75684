import { type AnyPlugin, didYouMean, type Problem, usageError, type Variable } from '@dragonfab/core'
import { loadProject, type Project } from '@dragonfab/plan'
import { findIgnoredVariable } from './ignored-variables.ts'
import { pluginOf } from './original-plugins.ts'
import { namedPlugins, pluginName, pluginOperationOf, taskPluginsOf } from './plugins.ts'
import { collectTexts, type DeployfileTable, isTable, listRoleTables, mapTexts } from './table.ts'
import { convertValue, normalizeName } from './variables.ts'

/** A deployfile as a configuration, with notes about it. */
export interface ConvertedDeployfile {
  readonly config: DeployfileTable
  readonly notes: readonly string[]
}

/** Keys of a configuration that are not variables. */
const structureKeys = ['environments', 'sequence', 'hosts', 'vars', '$schema']

type TaskPlugins = Readonly<Record<string, readonly string[]>>

/**
 * Converts a `deploy.yml` of fapistrano into a configuration: `stage_role_configs` become environments with roles, `sudo_user` is `deploy` by
 * default, linked files need not exist. `plugins` are the loaded plugins of {@link namedPlugins}. A key that is not a variable becomes a
 * variable of the project if a text uses it. Other keys are reported, as an error if the name is similar to that of a variable.
 */
export function convertDeployfile(file: DeployfileTable, plugins: readonly AnyPlugin[]): ConvertedDeployfile {
  const reader = new DeployfileReader(file, loadProject({ appName: 'x', plugins }, { directory: '/' }))
  const named = namedPlugins(file, listRoleTables(file))
  // The name of a plugin may differ from that of its package.
  const ownNames = new Map(named.all.map((written, index) => [pluginName(written), plugins[index]?.name ?? written]))
  const tasks = (table: TaskPlugins): TaskPlugins =>
    Object.fromEntries(Object.entries(table).map(([task, names]) => [task, names.map((name) => ownNames.get(name) ?? name)]))
  const taskPlugins = tasks(named.taskPlugins)
  const { stage_role_configs: stages, environments, plugins: _, ...rest } = file
  const top = reader.table(rest, '')
  const tasksOf = (role: DeployfileTable): TaskPlugins => ({ ...taskPlugins, ...tasks(taskPluginsOf(role, true)) })
  const read = Object.entries(isTable(stages) ? stages : {}).map(([stage, roles]) => [
    stage,
    isTable(roles) ? { roles: reader.roles(stage, roles, tasksOf) } : roles,
  ])
  const vars = { ...Object.fromEntries(reader.declared.map((name) => [name, null])), ...(isTable(top.vars) ? top.vars : {}) }
  const config: DeployfileTable = {
    ...(reader.setsVariable(file, 'sudoUser') ? {} : { sudo_user: 'deploy' }),
    ...(reader.setsVariable(file, 'dotenvFormat') ? {} : { dotenv_format: 'export' }),
    ...top,
    ...(Object.keys(vars).length ? { vars } : {}),
    ...(Object.keys(taskPlugins).length ? { task_plugins: taskPlugins } : {}),
    plugins,
    ...(read.length || environments !== undefined
      ? { environments: { ...(isTable(environments) ? environments : {}), ...Object.fromEntries(read) } }
      : {}),
  }
  reader.finish()
  return { config: reader.renameKeys(config), notes: reader.notes }
}

class DeployfileReader {
  readonly notes: string[] = []
  readonly #problems: Problem[] = []
  readonly #project: Project
  readonly #names = new Map<string, Variable>()
  /** Names in the placeholders of texts, in one spelling. */
  readonly #askedNames: ReadonlySet<string>
  /** The project's own variables, in their own spelling. */
  readonly #ownVariables = new Map<string, string>()

  constructor(file: DeployfileTable, project: Project) {
    this.#project = project
    for (const variable of project.variables())
      for (const name of [variable.name, ...variable.aliases]) this.#names.set(normalizeName(name), variable)
    const names = collectTexts(file).flatMap((text) => [...text.matchAll(pattern)].flatMap(([, name]) => name ?? []))
    this.#askedNames = new Set(names.map(normalizeName))
  }

  /** The project's own variables. */
  get declared(): readonly string[] {
    return [...this.#ownVariables.values()]
  }

  setsVariable(table: DeployfileTable, variable: string): boolean {
    return Object.keys(table).some((key) => this.#names.get(normalizeName(key))?.name === variable)
  }

  roles(stage: string, roles: DeployfileTable, tasksOf: (role: DeployfileTable) => TaskPlugins): DeployfileTable {
    return Object.fromEntries(
      Object.entries(roles).map(([role, table]) => {
        if (!isTable(table)) return [role, table]
        const { plugins: _, ...rest } = table
        // A role's table replaces the one at the top level, but `release_plugins` of the top level wins over `plugins` of a role.
        const own = Object.keys(taskPluginsOf(table, true)).length ? { task_plugins: tasksOf(table) } : {}
        return [role, { ...this.table(rest, `stage_role_configs.${stage}.${role}.`), ...own }]
      }),
    )
  }

  /** The variables of one table, under the names in the file. */
  table(table: DeployfileTable, place: string): DeployfileTable {
    const vars: Record<string, unknown> = isTable(table.vars) ? { ...table.vars } : {}
    const read: Record<string, unknown> = {}
    for (const [key, value] of Object.entries(table)) {
      const idle = findIgnoredVariable(key, value)
      if (idle) this.#noteIgnored(`${place}${key}`, key, value, idle.note)
      else if (pluginOperationOf(key) !== undefined && !this.#names.has(normalizeName(key))) continue
      else if (structureKeys.includes(key) || this.#isSection(key)) read[key] = value
      else this.#variable(key, value, place, read, vars)
    }
    return { ...read, ...(Object.keys(vars).length ? { vars } : {}) }
  }

  #variable(key: string, value: unknown, place: string, read: Record<string, unknown>, vars: Record<string, unknown>): void {
    const variable = this.#names.get(normalizeName(key))
    if (variable) {
      const { field } = variable
      // A variable with a default cannot be None as in Python, so it is left out.
      if (value === null && (field.default !== undefined || field.required || field.fact)) return
      read[key] = convertValue(variable, value)
    } else if (this.#askedNames.has(normalizeName(key))) {
      if (!this.#ownVariables.has(normalizeName(key))) this.#ownVariables.set(normalizeName(key), key)
      vars[this.#ownVariables.get(normalizeName(key)) ?? key] = value
    } else this.#unknown(key, place)
  }

  #noteIgnored(path: string, key: string, value: unknown, note: string | undefined): void {
    // An error and not a note: with `dry_run: true` in the file, users expect that nothing is changed.
    if (key === 'dry_run' && value === true)
      this.#problems.push({ code: 'NO_MEANING', message: `${path}: true has no meaning in a file`, remedy: `leave it out; ${note}` })
    else if (note !== undefined) this.notes.push(`${path} has no effect: ${note}`)
  }

  #unknown(key: string, place: string): void {
    const plugin = pluginOf(key)
    if (plugin !== undefined && !this.#project.plugins.some(({ name }) => name === plugin)) {
      this.notes.push(`${place}${key} is a variable of the plugin ${plugin}, which is not listed in plugins`)
      return
    }
    // Such keys hold anchors.
    if (/^(x-|\.)/.test(key)) return
    const names = this.#project.variables().flatMap(({ name, aliases }) => [name, ...aliases].filter((each) => /^[a-z0-9_]+$/.test(each)))
    const remedy = didYouMean(key, names)
    if (remedy) this.#problems.push({ code: 'UNKNOWN_KEY', message: `${place}${key} is not a variable, and nothing uses it`, remedy })
    else this.notes.push(`${place}${key} is not a variable, and no text uses %(${key})s: it has no effect`)
  }

  #isSection(key: string): boolean {
    return this.#project.plugins.some(({ name, options }) => normalizeName(name) === normalizeName(key) && Object.keys(options).length > 0)
  }

  /** `%(domain)s` of the project's own is `%(vars.domain)s`. */
  renameKeys({ plugins, ...config }: DeployfileTable): DeployfileTable {
    const change = (text: string): string =>
      text.replace(pattern, (whole, name: string | undefined) => {
        const own = name === undefined ? undefined : this.#ownVariables.get(normalizeName(name))
        return own === undefined ? whole : `%(vars.${own})s`
      })
    return { ...(mapTexts(config, change) as DeployfileTable), plugins }
  }

  finish(): void {
    if (this.#problems.length) throw usageError(this.#problems)
  }
}

const pattern = /%%|%\(([^()\s]+)\)s/g
