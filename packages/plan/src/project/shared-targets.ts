import type { MachineAddress } from '@dragonfab/core'
import { describeAddress } from './host-address.ts'
import type { ProblemCollector } from './problem-collector.ts'
import type { ResolvedHost } from './run-host.ts'

/** What roles that share a target must have in common, because they share its session and the files under `path`. */
const sharedVariables = ['user', 'sudoUser', 'path', 'shellEnv'] as const

/** A machine's address in the config, without the user. */
export function machineOf({ host: { address } }: ResolvedHost): string {
  return address.kind === 'guest' ? `${describeMachine(address.on)}/${address.name}` : describeMachine(address)
}

function describeMachine(address: MachineAddress): string {
  return address.kind === 'local'
    ? 'local'
    : describeAddress({ kind: 'ssh', host: address.host, ...(address.port ? { port: address.port } : {}) })
}

/** The same for hosts that share a target. Undefined if a variable is missing. */
function targetKeyOf(host: ResolvedHost): string | undefined {
  try {
    const { stateDir, user, sudoUser } = host.resolved.env
    // `~/` is the home directory of the user who runs the steps.
    const owner = stateDir.startsWith('~/') ? (sudoUser ?? user) : ''
    return JSON.stringify([machineOf(host), owner, stateDir])
  } catch {
    return undefined
  }
}

/**
 * Groups hosts by target. Roles on one machine with one state directory share a target, and so its release. Hosts that share only a part of
 * that are refused.
 */
export function groupByTarget(
  hosts: readonly ResolvedHost[],
  { report }: Pick<ProblemCollector, 'report'>,
): ReadonlyMap<ResolvedHost, readonly ResolvedHost[]> {
  const byKey = new Map<string, ResolvedHost[]>()
  for (const [index, host] of hosts.entries()) {
    const key = targetKeyOf(host) ?? `${index}`
    byKey.set(key, [...(byKey.get(key) ?? []), host])
  }
  for (const members of byKey.values()) checkTarget(members, report)
  checkPaths([...byKey.values()], report)
  return new Map([...byKey.values()].flatMap((members) => members.map((host) => [host, members] as const)))
}

/** `job1/worker+cron`, `a+b`, or the name of a single host. */
export function targetName(members: readonly ResolvedHost[]): string {
  const names = members.map(({ host }) => host.name)
  const [first = ''] = names
  if (names.length === 1) return first
  const bases = new Set(members.map(({ host }) => (host.name.endsWith(`/${host.role}`) ? host.name.slice(0, -`/${host.role}`.length) : '')))
  const [base = ''] = bases
  return bases.size === 1 && base ? `${base}/${members.map(({ host }) => host.role).join('+')}` : names.join('+')
}

function checkTarget(members: readonly ResolvedHost[], report: ProblemCollector['report']): void {
  const [first, ...others] = members
  if (!first) return
  for (const other of others) {
    const twin = members.find((each) => each !== other && each.host.role === other.host.role)
    if (twin) {
      report(
        'DUPLICATE_HOST',
        `hosts ${twin.host.name} and ${other.host.name} of environment ${other.host.environment} are the same machine and path`,
        'leave one of them out, or give each its own path',
      )
      continue
    }
    const differing = sharedVariables.filter(
      (name) => JSON.stringify(first.resolved.env[name]) !== JSON.stringify(other.resolved.env[name]),
    )
    if (differing.length)
      report(
        'PLACE_DIFFERS',
        `roles ${first.host.role} and ${other.host.role} share ${machineOf(first)}:${first.resolved.env.path}, but not ${differing.join(', ')}`,
        'set the same for both, or give each its own path: %(role)s in path',
      )
  }
}

/** One path with two state directories would have two locks. */
function checkPaths(targets: readonly (readonly ResolvedHost[])[], report: ProblemCollector['report']): void {
  const seen = new Map<string, ResolvedHost>()
  for (const [host] of targets) {
    if (!host) continue
    let path: string
    try {
      path = host.resolved.env.path
    } catch {
      continue
    }
    const key = `${machineOf(host)}:${path}`
    const other = seen.get(key)
    if (other && other.resolved.env.stateDir !== host.resolved.env.stateDir)
      report(
        'PLACE_DIFFERS',
        `hosts ${other.host.name} and ${host.host.name} share ${key}, but not stateDir (or its user)`,
        'set the same for both, or give each its own path: %(role)s in path',
      )
    seen.set(key, host)
  }
}
