import { describeValue, didYouMean, isPlainObject, type Layer, type PlainObject, type Registry, type Report } from '@dragonfab/core'
import { commandNames } from './builtin-tasks.ts'
import { describeAddress } from './host-address.ts'
import { type DeclaredHost, nameHosts, readHosts } from './hosts.ts'
import { loadLayer } from './layers.ts'
import { describeBadName, getOwn } from './names.ts'
import { type CallableTasks, readSequence } from './sequence.ts'
import type { SequenceEntry } from './types.ts'

/** A host with its name and its layers, from the lowest to the highest. */
export interface LayeredHost {
  readonly name: string
  readonly role: string | undefined
  readonly declared: DeclaredHost
  readonly layers: readonly Layer[]
}

export interface LoadedEnvironment {
  readonly name: string
  readonly roles: readonly string[]
  readonly hosts: readonly LayeredHost[]
  /** Roles without any hosts. Undefined means the environment itself. */
  readonly hostless: readonly (string | undefined)[]
  readonly sequence: readonly SequenceEntry[] | undefined
}

/** The top level, an environment or a role, after context it. */
interface ConfigTable {
  readonly layer: Layer
  readonly hosts: readonly DeclaredHost[] | undefined
  readonly sequence: readonly SequenceEntry[] | undefined
  readonly roles: ReadonlyMap<string, ConfigTable>
}

const topLevelHint = 'at the top level of the config'
const misplacedKeys = {
  plugins: topLevelHint,
  hooks: topLevelHint,
  tasks: topLevelHint,
  environments: topLevelHint,
  roles: 'in an environment',
  sequence: 'in an environment',
}

/** What every table of a config is read with. */
export interface TableContext {
  readonly registry: Registry
  readonly callable: CallableTasks
  readonly report: Report
  /** Finds the guest that a plugin provides as the host of an environment or role, by its layers. */
  readonly findGuestHost: (
    part: { readonly environment: string; readonly role: string | undefined },
    layers: readonly Layer[],
  ) => DeclaredHost | undefined
  /** A table that a role sets replaces those of lower layers instead of merging with them. */
  readonly roleTablesReplace: boolean
}

export function readTable(context: TableContext, value: PlainObject, path: string, keys: readonly string[], ofRole = false): ConfigTable {
  const { registry, callable, report } = context
  const [hosts, sequence, roles] = ['hosts', 'sequence', 'roles'].map((key) => (keys.includes(key) ? getOwn(value, key) : undefined))
  const pathOf = (key: string) => (path ? `${path}.${key}` : key)
  return {
    layer: loadLayer(
      registry,
      value,
      { path, origin: path || 'config', keys, misplacedKeys, replaces: ofRole && context.roleTablesReplace },
      report,
    ),
    hosts: hosts === undefined ? undefined : readHosts(registry, hosts, pathOf('hosts'), report),
    sequence: sequence === undefined || sequence === null ? undefined : readSequence(sequence, pathOf('sequence'), callable, report),
    roles: readTables(roles, pathOf('roles'), 'role', report, (name, role) => {
      const bad = describeBadName(name)
      if (bad) report('BAD_NAME', `${pathOf('roles')}: ${bad}`)
      return readTable(context, role, `${pathOf('roles')}.${name}`, ['hosts'], true)
    }),
  }
}

function readTables<T>(
  value: unknown,
  path: string,
  what: string,
  report: Report,
  read: (name: string, table: PlainObject) => T,
): ReadonlyMap<string, T> {
  if (value === undefined || value === null) return new Map()
  if (!isPlainObject(value)) {
    report('BAD_VALUE', `${path} should be a table of ${what}s, not ${describeValue(value)}`)
    return new Map()
  }
  return new Map(
    Object.entries(value).flatMap(([name, table]) => {
      if (table === undefined || table === null || isPlainObject(table)) return [[name, read(name, table ?? {})] as const]
      report(
        'BAD_VALUE',
        `${path}.${name} should be a table (${what === 'role' ? 'a role' : 'an environment'}), not ${describeValue(table)}`,
      )
      return []
    }),
  )
}

/** All environments, each on top of `base` (the top level) and `__all__`. */
export function readEnvironments(context: TableContext, value: unknown, base: ConfigTable): ReadonlyMap<string, LoadedEnvironment> {
  const { report } = context
  const tables = readTables(value, 'environments', 'environment', report, (name, table) => {
    checkEnvironmentName(name, report)
    return readTable(context, table, `environments.${name}`, ['hosts', 'roles', 'sequence'])
  })
  const all = tables.get('__all__')
  const ownTables = [...tables].filter(([name]) => name !== '__all__')
  return new Map(ownTables.map(([name, table]) => [name, layerHosts(name, table, base, all, context)]))
}

function checkEnvironmentName(name: string, report: Report): void {
  if (name === '__all__') return
  const bad = describeBadName(name)
  if (bad) report('BAD_NAME', `environments: ${bad}`)
  if ((commandNames as readonly string[]).includes(name))
    report('RESERVED_NAME', `environments.${name}: ${name} is a command, so an environment cannot have this name`, 'rename it')
  if (/^_+all_*$/i.test(name)) report('UNKNOWN_KEY', `environments.${name} is not an environment`, didYouMean(name, ['__all__']))
}

function layerHosts(
  name: string,
  table: ConfigTable,
  base: ConfigTable,
  all: ConfigTable | undefined,
  context: TableContext,
): LoadedEnvironment {
  const { report } = context
  const roles = [...new Set([...(all?.roles.keys() ?? []), ...table.roles.keys()])]
  const lowerLayers = [base.layer, ...(all ? [all.layer] : []), table.layer]
  const fallback = table.hosts ?? all?.hosts ?? base.hosts
  const hostless: (string | undefined)[] = []
  const layerRole = (role: string | undefined): readonly Omit<LayeredHost, 'name'>[] => {
    const ofRole = role === undefined ? [] : [all?.roles.get(role), table.roles.get(role)].filter((each) => each !== undefined)
    const layers = [...lowerLayers, ...ofRole.map(({ layer }) => layer)]
    const declaredHosts = ofRole.reduce<readonly DeclaredHost[] | undefined>((found, each) => each.hosts ?? found, undefined) ?? table.hosts
    const guestHost = context.findGuestHost({ environment: name, role }, layers)
    if (guestHost && declaredHosts?.length) {
      const configPath = `environments.${name}${role === undefined ? '' : `.roles.${role}`}`
      report('HOSTS_TWICE', `${configPath} has hosts, but runs in ${describeAddress(guestHost.address)}`, 'leave one of them out')
    }
    const hosts = guestHost ? [guestHost] : (declaredHosts ?? fallback)
    if (!hosts) hostless.push(role)
    return (hosts ?? []).map((declared) => ({ role, declared, layers: [...layers, declared.layer] }))
  }
  const layered = (roles.length ? roles : [undefined]).flatMap(layerRole)
  if (table.hosts && roles.length && roles.every((role) => table.roles.get(role)?.hosts ?? all?.roles.get(role)?.hosts)) {
    report('UNUSED', `environments.${name}.hosts is not used: every role has its own hosts`, 'move them into a role, or leave them out')
  }
  const names = nameHosts(layered, `environments.${name}`, report)
  return {
    name,
    roles,
    hosts: layered.map((host, index) => ({ ...host, name: names[index] ?? '' })),
    hostless,
    sequence: table.sequence ?? all?.sequence ?? base.sequence,
  }
}
