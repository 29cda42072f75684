import { homedir, userInfo } from 'node:os'
import { resolve as resolvePath } from 'node:path'
import {
  type AnyEnv,
  type Contribution,
  isDragonfabError,
  type Layer,
  type Registry,
  type ResolvedEnv,
  resolveEnv,
  usageError,
} from '@dragonfab/core'
import type { LayeredHost, LoadedEnvironment } from './environments.ts'
import { resolveGuestAddress } from './guest-address.ts'
import type { HostAddress } from './host-address.ts'
import { internals, type LoadedProject } from './load-project.ts'
import type { Facts, HostEnv, Origin, RunHost, Selection } from './types.ts'

export interface ResolvedHost {
  readonly host: Omit<RunHost, 'target' | 'machine' | 'companion'>
  /** Without facts. */
  readonly resolved: ResolvedEnv & { readonly env: HostEnv }
}

const dataContribution = (value: unknown, origin: string, path = origin): Contribution => ({ value, path, origin, mode: 'data' })

/** Makes a host of a run from all its layers. */
export function resolveHost(
  project: LoadedProject,
  environment: LoadedEnvironment,
  layered: LayeredHost,
  set: readonly Layer[],
  selection: Selection,
): ResolvedHost {
  const { registry, layers, user } = project[internals]
  const { name, role, declared } = layered
  const local = declared.address.kind === 'local'
  const userIsGiven = [...layered.layers, ...set].some((layer) => layer.has('user'))
  const login = loginLayer(declared.address, user, userIsGiven ? undefined : selection.loginUser)
  const label = role === undefined ? environment.name : `${environment.name}, role ${role}`
  const all = [login, ...layers, ...layered.layers, ...set, selectionLayer(environment, layered), ...(local ? [login] : [])]
  const finishers = {
    path: hostPathRule(project.directory, local),
    stateDir: hostPathRule(project.directory, local, true),
    knownHosts: localPathRule(project.directory),
  }
  // The registry declares core's variables with their types, so every env has them.
  const resolve = (further: readonly Layer[]) =>
    resolveEnv({ registry, layers: [...all, ...further], label, finishers }) as ResolvedEnv & { readonly env: HostEnv }
  const resolved = resolve([])
  // Planning asks for the same env for every hook.
  const envByFacts = new WeakMap<Facts, ReturnType<typeof resolve>>()
  const withFacts = (facts: Facts | undefined) => {
    if (!facts) return resolved
    const resolvedWithFacts = envByFacts.get(facts) ?? resolve([factLayer(registry, facts, name)])
    envByFacts.set(facts, resolvedWithFacts)
    return resolvedWithFacts
  }

  const host: ResolvedHost['host'] = {
    name,
    role,
    environment: environment.name,
    get address(): HostAddress {
      if (declared.address.kind === 'local') return declared.address
      if (declared.address.kind === 'guest') return currentGuestAddress(project.plugins, declared.address, resolved.env)
      const { host, port } = declared.address
      return { kind: 'ssh', host, ...(port === undefined ? {} : { port }), ...(userIsGiven ? { user: resolved.env.user } : {}) }
    },
    env: (facts, overrides) => {
      const base = withFacts(facts)
      if (!overrides) return base.env
      return resolve([...(facts ? [factLayer(registry, facts, name)] : []), overrideLayer(registry, overrides, base.env)]).env
    },
    origins: (facts) => registry.variables.map(({ name }) => describeOrigin(withFacts(facts), name)),
  }
  return { host, resolved }
}

function describeOrigin({ read, originsOf }: ResolvedEnv, name: string): Origin {
  try {
    return { name, value: read(name), origin: originsOf(name).join(', ') || 'not set' }
  } catch (thrown) {
    if (!isDragonfabError(thrown)) throw thrown
    return { name, value: undefined, origin: 'not known', unknown: thrown.problems[0]?.message ?? '' }
  }
}

/** The guest's address after the command line's variables, which may have changed it. */
function currentGuestAddress(
  plugins: LoadedProject['plugins'],
  declared: Extract<HostAddress, { kind: 'guest' }>,
  env: AnyEnv,
): HostAddress {
  const plugin = plugins.find(({ name }) => name === declared.plugin)
  const guest = (plugin && resolveGuestAddress(plugin, env)) ?? declared
  if ('wrong' in guest) throw usageError({ code: 'BAD_HOST', message: guest.wrong, ...toRemedy(guest.remedy) })
  return guest
}

/** The login user if no layer sets one. On this machine nobody logs in, so it is always the user who runs this process. */
function loginLayer(address: HostAddress, user: string | undefined, loginUser: Selection['loginUser']): Layer {
  const ownName = () => user ?? userInfo().username
  if (address.kind === 'local') return new Map([['user', dataContribution(ownName(), 'this machine')]])
  if (address.kind === 'guest') return new Map([['user', dataContribution(address.login, `plugin ${address.plugin}`)]])
  const fromConfig = loginUser?.(address.host)
  return new Map([
    ['user', fromConfig === undefined ? dataContribution(ownName(), 'your own name') : dataContribution(fromConfig, 'ssh_config')],
  ])
}

function selectionLayer({ name, hosts }: LoadedEnvironment, layered: LayeredHost): Layer {
  const environment = `environments.${name}`
  const role = layered.role === undefined ? environment : `${environment}.roles.${layered.role}`
  const fleet = hosts.filter((host) => host.role === layered.role).map((host) => host.name)
  return new Map([
    ['stage', dataContribution(name, environment)],
    ...(layered.role === undefined ? [] : [['role', dataContribution(layered.role, role)] as const]),
    ['host', dataContribution(layered.name, layered.declared.path)],
    ['hosts', dataContribution(fleet, role)],
  ])
}

function factLayer(registry: Registry, facts: Facts, host: string): Layer {
  const answers = { ...facts.local, ...(Object.hasOwn(facts.hosts, host) ? facts.hosts[host] : {}) }
  return new Map(Object.entries(answers).map(([name, value]) => [canonicalName(registry, name), dataContribution(value, 'fact', name)]))
}

function overrideLayer(registry: Registry, overrides: Readonly<Record<string, (env: AnyEnv) => unknown>>, base: AnyEnv): Layer {
  return new Map(
    Object.entries(overrides).map(([name, value]) => [canonicalName(registry, name), dataContribution(() => value(base), 'undo', name)]),
  )
}

function canonicalName(registry: Registry, name: string): string {
  const variable = registry.find(name)
  if (variable) return variable.name
  throw usageError({ code: 'UNKNOWN_VARIABLE', message: `${name} is not a variable`, ...toRemedy(registry.suggest(name)) })
}

const toRemedy = (text: string | undefined) => (text ? { remedy: text } : {})

/** A path on a host is absolute. On this machine it may be relative to the config's folder. Only `stateDir` may begin with `~/`. */
function hostPathRule(directory: string, local: boolean, home = false): (value: unknown, configPath: string) => unknown {
  return (value, configPath) => {
    const path = String(value).replace(/(?<=[^/])\/+$/, '')
    const refuse = (what: string, ...rest: string[]): never => {
      throw usageError({ code: 'BAD_VALUE', message: `${configPath} ${what}: ${JSON.stringify(path)}`, ...toRemedy(rest[0]) })
    }
    if (path.startsWith('~'))
      return home && /^~\/./.test(path)
        ? path
        : refuse('starts with "~", which is not supported', 'write the whole path: /home/deploy/www/shop')
    if (/^\/+$/.test(path)) return refuse('is the root of the file system', 'give the application its own directory')
    if (path.startsWith('/')) return path
    return local
      ? resolvePath(directory, path)
      : refuse('is relative', 'write the whole path, /home/deploy/www/shop, or leave it out; only local hosts have relative paths')
  }
}

/** Paths of files on this machine are relative to the config's folder. */
function localPathRule(directory: string): (value: unknown) => unknown {
  return (value) =>
    Array.isArray(value) ? value.map((file: string) => resolvePath(directory, file.replace(/^~(?=\/)/, homedir()))) : value
}
