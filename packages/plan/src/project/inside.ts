import { userInfo } from 'node:os'
import { type AnyEnv, type AnyPlugin, type HostAddress, isDragonfabError, parseHost } from '@dragonfab/core'
import { type Contribution, type Layer, type Registry, type Report, resolveEnv } from '@dragonfab/core/env'
import type { DeclaredHost } from './hosts.ts'

type Inside = Extract<HostAddress, { kind: 'inside' }>

/** The place inside of a machine that a plugin sees in an env; or what is wrong with it, as a sentence. */
export function insideAddress(plugin: AnyPlugin, env: AnyEnv): Inside | { readonly wrong: string; readonly remedy?: string } | undefined {
  const place = plugin.inside?.(env)
  if (!place) return undefined
  const on = place.on === undefined ? ({ kind: 'local' } as const) : parseHost(place.on)
  if ('wrong' in on) return { wrong: `the machine of ${place.name} ${on.wrong}`, ...(on.remedy ? { remedy: on.remedy } : {}) }
  return { kind: 'inside', name: place.name, on, plugin: plugin.name, login: place.login }
}

/** Asks the plugins for the host of an environment or role, by its layers: the first that answers gives it. */
export function insideReader(
  plugins: readonly AnyPlugin[],
  registry: Registry,
  { below, user }: { readonly below: readonly Layer[]; readonly user: string | undefined },
  report: Report,
) {
  const giving = plugins.filter((plugin) => plugin.inside)
  return (
    place: { readonly environment: string; readonly role: string | undefined },
    layers: readonly Layer[],
  ): DeclaredHost | undefined => {
    if (!giving.length) return undefined
    const { environment, role } = place
    const label = role === undefined ? environment : `${environment}, role ${role}`
    const data = (value: string): Contribution => ({ value, path: label, origin: label, mode: 'data' })
    const named: Layer = new Map([['stage', data(environment)], ...(role === undefined ? [] : [['role', data(role)] as const])])
    const login: Layer = new Map([['user', data(user ?? userInfo().username)]])
    const { env } = resolveEnv({ registry, layers: [login, ...below, ...layers, named], label })
    for (const plugin of giving) {
      try {
        const address = insideAddress(plugin, env)
        if (!address) continue
        if (!('wrong' in address)) return { given: undefined, address, path: `environments.${environment}`, layer: new Map() }
        report('BAD_HOST', `environments.${environment}: ${address.wrong}`, address.remedy)
      } catch (thrown) {
        if (!isDragonfabError(thrown)) throw thrown
        for (const { code, message, remedy } of thrown.problems) report(code, message, remedy)
      }
    }
    return undefined
  }
}
