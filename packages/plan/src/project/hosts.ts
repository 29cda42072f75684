import { describeValue, isPlainObject, type Layer, parseHost, type Registry, type Report } from '@dragonfab/core'
import { describeAddress, type HostAddress } from './host-address.ts'
import { loadLayer } from './layers.ts'
import { describeBadName, getOwn } from './names.ts'

/** A host as the config declares it, before it has a role. */
export interface DeclaredHost {
  /** The `name` of its object. */
  readonly givenName: string | undefined
  readonly address: HostAddress
  readonly path: string
  readonly layer: Layer
}

/** Reads a list of hosts. A single host is a list of one. */
export function readHosts(registry: Registry, value: unknown, path: string, report: Report): readonly DeclaredHost[] | undefined {
  if (value === null) return undefined
  const entries: readonly unknown[] = Array.isArray(value) ? value : [value]
  return entries.flatMap((entry, index) => readHost(registry, entry, Array.isArray(value) ? `${path}[${index}]` : path, report) ?? [])
}

function readHost(registry: Registry, entry: unknown, path: string, report: Report): DeclaredHost | undefined {
  if (typeof entry === 'function') {
    report('BAD_HOST', `${path} is a function, but hosts have to be known before env`, 'write the hosts themselves')
    return undefined
  }
  if (typeof entry !== 'string' && !isPlainObject(entry)) {
    report('BAD_HOST', `${path} should be a host (user@host:port) or { name, address, … }, not ${describeValue(entry)}`)
    return undefined
  }
  const table = typeof entry === 'string' ? {} : entry
  const layer = loadLayer(registry, table, { path, origin: path, keys: ['name', 'address'] }, report)
  const givenName = getOwn(table, 'name')
  if (typeof entry !== 'string' && (typeof givenName !== 'string' || givenName === '')) {
    report('BAD_HOST', `${path}.name should be the host’s name, not ${describeValue(givenName)}`)
    return undefined
  }
  const addressText = typeof entry === 'string' ? entry : (getOwn(table, 'address') ?? givenName)
  const addressPath = typeof entry === 'string' ? path : `${path}.${getOwn(table, 'address') === undefined ? 'name' : 'address'}`
  const address = typeof addressText === 'string' ? parseHost(addressText) : { wrong: `should be text, not ${describeValue(addressText)}` }
  const bad = typeof givenName === 'string' && getOwn(table, 'address') !== undefined ? describeBadName(givenName) : undefined
  if (bad) report('BAD_NAME', `${path}.name: ${bad}`)
  if ('wrong' in address) {
    report('BAD_HOST', `${addressPath} ${address.wrong}`, address.remedy)
    return undefined
  }
  if (bad) return undefined
  const user = address.kind === 'ssh' ? address.user : undefined
  if (user !== undefined && layer.has('user'))
    report('DUPLICATE_NAME', `${path} has two users: in its address and as user`, 'leave one of them out')
  const withUser =
    user === undefined ? layer : new Map([...layer, ['user', { value: user, path: addressPath, origin: path, mode: 'data' } as const]])
  return { givenName: getOwn(table, 'address') === undefined ? undefined : (givenName as string), address, path, layer: withUser }
}

function shortNameOf(address: HostAddress): string {
  if (address.kind === 'local') return 'local'
  return address.kind === 'guest' ? address.name : address.host
}

/**
 * Every host of an environment gets its own name: the given one, or the host without user and port, or the whole address if two share that.
 * If two roles are on one host, the role is added: `job1/cron`.
 */
export function nameHosts(
  hosts: readonly { readonly role: string | undefined; readonly declared: DeclaredHost }[],
  path: string,
  report: Report,
): readonly string[] {
  const short = hosts.map(({ declared }) => declared.givenName ?? shortNameOf(declared.address))
  const full = hosts.map(({ declared }) => declared.givenName ?? describeAddress(declared.address))
  const sameShort = (index: number) => hosts.some((_, other) => short[other] === short[index] && full[other] !== full[index])
  const names = hosts.map((_, index) => (sameShort(index) ? (full[index] ?? '') : (short[index] ?? '')))
  const finalNames = names.map((name, index) => {
    const { role, declared } = hosts[index] ?? {}
    const others = names.flatMap((other, position) => (position !== index && other === name ? (hosts[position] ?? []) : []))
    const twin = others.find((other) => other.role === role)
    if (twin)
      report(
        'DUPLICATE_HOST',
        `${path}: host ${name} is listed twice${role === undefined ? '' : ` in role ${role}`} (${[twin.declared.path, declared?.path].sort().join(', ')})`,
      )
    return others.length && role !== undefined ? `${name}/${role}` : name
  })
  return finalNames
}
