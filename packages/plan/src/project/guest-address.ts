import { userInfo } from 'node:os'
import {
  type AnyEnv,
  type AnyPlugin,
  type Contribution,
  isDragonfabError,
  type Layer,
  parseHost,
  type Registry,
  type Report,
  resolveEnv,
} from '@dragonfab/core'
import type { HostAddress } from './host-address.ts'
import type { DeclaredHost } from './hosts.ts'

type GuestHostAddress = Extract<HostAddress, { kind: 'guest' }>

/** The guest that a plugin finds in an env; or a sentence that says what is wrong with it. */
export function resolveGuestAddress(
  plugin: AnyPlugin,
  env: AnyEnv,
): GuestHostAddress | { readonly wrong: string; readonly remedy?: string } | undefined {
  const guest = plugin.guest?.(env)
  if (!guest) return undefined
  const on = guest.on === undefined ? ({ kind: 'local' } as const) : parseHost(guest.on)
  if ('wrong' in on) return { wrong: `the machine of ${guest.name} ${on.wrong}`, ...(on.remedy ? { remedy: on.remedy } : {}) }
  return { kind: 'guest', name: guest.name, on, plugin: plugin.name, login: guest.login }
}

/** Asks the plugins for the guest that is the host of an environment or role. The first answer counts. */
export function createGuestReader(
  plugins: readonly AnyPlugin[],
  registry: Registry,
  { below, user }: { readonly below: readonly Layer[]; readonly user: string | undefined },
  report: Report,
) {
  const guestPlugins = plugins.filter((plugin) => plugin.guest)
  return (
    part: { readonly environment: string; readonly role: string | undefined },
    layers: readonly Layer[],
  ): DeclaredHost | undefined => {
    if (!guestPlugins.length) return undefined
    const { environment, role } = part
    const label = role === undefined ? environment : `${environment}, role ${role}`
    const dataContribution = (value: string): Contribution => ({ value, path: label, origin: label, mode: 'data' })
    const selectionLayer: Layer = new Map([
      ['stage', dataContribution(environment)],
      ...(role === undefined ? [] : [['role', dataContribution(role)] as const]),
    ])
    const login: Layer = new Map([['user', dataContribution(user ?? userInfo().username)]])
    const { env } = resolveEnv({ registry, layers: [login, ...below, ...layers, selectionLayer], label })
    for (const plugin of guestPlugins) {
      try {
        const address = resolveGuestAddress(plugin, env)
        if (!address) continue
        if (!('wrong' in address)) return { givenName: undefined, address, path: `environments.${environment}`, layer: new Map() }
        report('BAD_HOST', `environments.${environment}: ${address.wrong}`, address.remedy)
      } catch (thrown) {
        if (!isDragonfabError(thrown)) throw thrown
        for (const { code, message, remedy } of thrown.problems) report(code, message, remedy)
      }
    }
    return undefined
  }
}
