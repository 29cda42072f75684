import { homedir, userInfo } from 'node:os'
import { resolve as resolvePath } from 'node:path'
import { type AnyEnv, type HostAddress, usageError } from '@dragonfab/core'
import { type Contribution, type Layer, type Registry, type ResolvedEnv, resolveEnv } from '@dragonfab/core/env'
import type { Facts } from '../plan/types.ts'
import type { LoadedEnvironment, PlacedHost } from './environments.ts'
import { insideAddress } from './inside.ts'
import { inside, type LoadedProject } from './load.ts'
import type { RunHost, Selection } from './types.ts'

export interface ResolvedHost {
  readonly host: Omit<RunHost, 'place' | 'machine' | 'joined'>
  /** Without facts. */
  readonly resolved: ResolvedEnv
}

const data = (value: unknown, origin: string, path = origin): Contribution => ({ value, path, origin, mode: 'data' })

/** A host of a run, with all its layers. */
export function runHost(
  project: LoadedProject,
  environment: LoadedEnvironment,
  placed: PlacedHost,
  set: readonly Layer[],
  selection: Selection,
): ResolvedHost {
  const { registry, layers, user } = project[inside]
  const { name, role, declared } = placed
  const local = declared.address.kind === 'local'
  const said = [...placed.layers, ...set].some((layer) => layer.has('user'))
  const login = loginLayer(declared.address, user, said ? undefined : selection.loginUser)
  const label = role === undefined ? environment.name : `${environment.name}, role ${role}`
  const all = [login, ...layers, ...placed.layers, ...set, placeLayer(environment, placed), ...(local ? [login] : [])]
  const finish = {
    path: hostPath(project.directory, local),
    stateDir: hostPath(project.directory, local, true),
    knownHosts: herePaths(project.directory),
  }
  const resolve = (further: readonly Layer[]) => resolveEnv({ registry, layers: [...all, ...further], label, finish })
  const resolved = resolve([])
  // A plan asks the same env again for every hook.
  const known = new WeakMap<Facts, ResolvedEnv>()
  const withFacts = (facts: Facts | undefined) => {
    if (!facts) return resolved
    const made = known.get(facts) ?? resolve([factLayer(registry, facts, name)])
    known.set(facts, made)
    return made
  }

  const host: ResolvedHost['host'] = {
    name,
    role,
    environment: environment.name,
    get address(): HostAddress {
      if (declared.address.kind === 'local') return declared.address
      if (declared.address.kind === 'inside') return insideNow(project.plugins, declared.address, resolved.env)
      const { host, port } = declared.address
      return { kind: 'ssh', host, ...(port === undefined ? {} : { port }), ...(said ? { user: String(resolved.read('user')) } : {}) }
    },
    env: (facts, overrides) => {
      const base = withFacts(facts)
      if (!overrides) return base.env
      return resolve([...(facts ? [factLayer(registry, facts, name)] : []), overrideLayer(registry, overrides, base.env)]).env
    },
    origins: (facts) => withFacts(facts).origins(),
  }
  return { host, resolved }
}

/** The command line may have named another place. */
function insideNow(plugins: LoadedProject['plugins'], declared: Extract<HostAddress, { kind: 'inside' }>, env: AnyEnv): HostAddress {
  const plugin = plugins.find(({ name }) => name === declared.plugin)
  const now = (plugin && insideAddress(plugin, env)) ?? declared
  if ('wrong' in now) throw usageError({ code: 'BAD_HOST', message: now.wrong, ...remedy(now.remedy) })
  return now
}

/** Who logs in when no layer says so. On this machine nobody logs in: the user is who runs this, whatever the config says of other hosts. */
function loginLayer(address: HostAddress, user: string | undefined, loginUser: Selection['loginUser']): Layer {
  const own = () => user ?? userInfo().username
  if (address.kind === 'local') return new Map([['user', data(own(), 'this machine')]])
  if (address.kind === 'inside') return new Map([['user', data(address.login, `plugin ${address.plugin}`)]])
  const fromConfig = loginUser?.(address.host)
  return new Map([['user', fromConfig === undefined ? data(own(), 'your own name') : data(fromConfig, 'ssh_config')]])
}

function placeLayer({ name, hosts }: LoadedEnvironment, placed: PlacedHost): Layer {
  const environment = `environments.${name}`
  const role = placed.role === undefined ? environment : `${environment}.roles.${placed.role}`
  const fleet = hosts.filter((host) => host.role === placed.role).map((host) => host.name)
  return new Map([
    ['stage', data(name, environment)],
    ...(placed.role === undefined ? [] : [['role', data(placed.role, role)] as const]),
    ['host', data(placed.name, placed.declared.path)],
    ['hosts', data(fleet, role)],
  ])
}

function factLayer(registry: Registry, facts: Facts, host: string): Layer {
  const answers = { ...facts.here, ...(Object.hasOwn(facts.hosts, host) ? facts.hosts[host] : {}) }
  return new Map(Object.entries(answers).map(([name, value]) => [canonical(registry, name), data(value, 'fact', name)]))
}

function overrideLayer(registry: Registry, overrides: Readonly<Record<string, (env: AnyEnv) => unknown>>, base: AnyEnv): Layer {
  return new Map(
    Object.entries(overrides).map(([name, value]) => [canonical(registry, name), data(() => value(base), 'the way back', name)]),
  )
}

function canonical(registry: Registry, name: string): string {
  const variable = registry.find(name)
  if (variable) return variable.name
  throw usageError({ code: 'UNKNOWN_VARIABLE', message: `${name} is not a variable`, ...remedy(registry.suggest(name)) })
}

const remedy = (text: string | undefined) => (text ? { remedy: text } : {})

/** A path on the host is absolute; on this machine it may start in the config's folder. `~/` is understood for `stateDir` alone. */
function hostPath(directory: string, local: boolean, home = false): (value: unknown, place: string) => unknown {
  return (value, place) => {
    const path = String(value).replace(/(?<=[^/])\/+$/, '')
    const refuse = (what: string, ...rest: string[]): never => {
      throw usageError({ code: 'BAD_VALUE', message: `${place} ${what}: ${JSON.stringify(path)}`, ...remedy(rest[0]) })
    }
    if (path.startsWith('~'))
      return home && /^~\/./.test(path)
        ? path
        : refuse('starts with "~", which is not understood here', 'write the whole path: /home/deploy/www/shop')
    if (/^\/+$/.test(path)) return refuse('is the root of the file system', 'give the application a directory of its own')
    if (path.startsWith('/')) return path
    return local
      ? resolvePath(directory, path)
      : refuse('is relative', 'a relative path is for local hosts: write the whole path, /home/deploy/www/shop, or leave it out')
  }
}

/** Files on this machine, named from the config's folder. */
function herePaths(directory: string): (value: unknown) => unknown {
  return (value) =>
    Array.isArray(value) ? value.map((file: string) => resolvePath(directory, file.replace(/^~(?=\/)/, homedir()))) : value
}
