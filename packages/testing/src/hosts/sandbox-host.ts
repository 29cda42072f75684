import type { AnyEnv } from '@dragonfab/core'
import type { Facts, HostEnv, RunHost } from '@dragonfab/plan'

/**
 * Returns the host with its paths in a folder of this machine: `path` and the other named variables. Variables that the config and plugins
 * derive from them follow. `move` returns the path on this machine.
 */
export function sandboxHost(host: RunHost, pathVariables: readonly string[], move: (path: string) => string): RunHost {
  const places = Object.fromEntries(
    ['path', ...pathVariables].map((name) => [name, (env: AnyEnv) => movePaths(readVariable(env, name), move)]),
  )
  const known = new WeakMap<Facts, HostEnv>()
  let plain: HostEnv | undefined
  const base = (facts?: Facts): HostEnv => {
    if (!facts) {
      plain ??= host.env(undefined, places)
      return plain
    }
    const made = known.get(facts) ?? host.env(facts, places)
    known.set(facts, made)
    return made
  }
  return {
    name: host.name,
    role: host.role,
    environment: host.environment,
    target: host.target,
    machine: host.machine,
    companion: host.companion,
    get address() {
      return host.address
    },
    origins: (facts) => host.origins(facts),
    env: (facts, overrides) => {
      const env = base(facts)
      if (!overrides) return env
      const over = Object.fromEntries(Object.entries(overrides).map(([name, value]) => [name, () => value(env)]))
      return host.env(facts, { ...places, ...over })
    },
  }
}

function movePaths(value: unknown, move: (path: string) => string): unknown {
  if (Array.isArray(value)) return value.map((each) => movePaths(each, move))
  return typeof value === 'string' && value.startsWith('/') ? move(value) : value
}

function readVariable(env: AnyEnv, name: string): unknown {
  return name.split('.').reduce<unknown>((place, key) => (place as AnyEnv | undefined)?.[key], env)
}
