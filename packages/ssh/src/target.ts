import { type Problem, usageError } from '@dragonfab/core'

/** What to do about a host key that is in no known_hosts file: refuse it, ask, or accept it. A changed key is always refused. */
export type StrictHostKeys = 'yes' | 'ask' | 'accept-new'

/** A host as the configuration names it. ssh_config provides the rest. */
export interface SshTarget {
  /** A name in ssh_config, a DNS name, or an address (IPv6 without brackets). */
  readonly host: string
  readonly port?: number | undefined
  readonly user?: string | undefined
  /**
   * The only known_hosts files to trust (the first is written to, with `accept-new`), relative to `directory`; for CI.
   * By default the user's and the global files that ssh_config names.
   */
  readonly knownHosts?: string | readonly string[] | undefined
  /** By default `StrictHostKeyChecking` of ssh_config (its `no` counts as `accept-new`). */
  readonly strictHostKeys?: StrictHostKeys | undefined
  /** Private key files to use instead of the ssh_config's `IdentityFile`s, relative to `directory`. */
  readonly identityFiles?: readonly string[] | undefined
  /** Whether to forward the agent to the host. By default `ForwardAgent` of ssh_config. This option does not apply to jump hosts. */
  readonly forwardAgent?: boolean | undefined
  /** The machine through which to connect, instead of the jump host in ssh_config. */
  readonly via?: SshTarget | undefined
  /** The config's folder. */
  readonly directory: string
}

/** `deploy@web1:2222`, as people write it. */
export function formatTarget(target: Pick<SshTarget, 'host' | 'port' | 'user'>): string {
  const host = target.port !== undefined && target.host.includes(':') ? `[${target.host}]` : target.host
  return `${target.user === undefined ? '' : `${target.user}@`}${host}${target.port === undefined ? '' : `:${target.port}`}`
}

// Characters that are special in a shell, because a ProxyCommand may contain %h and %r. OpenSSH refuses them too.
const unsafeCharacters = /[\0-\x20\x7f"'`$\\;&<>|(){}]/

/** Refuses values that would be read as an option or as shell text. Reports all problems at once. */
export function checkTarget(target: SshTarget): void {
  const problems: Problem[] = []
  const refuse = (what: string, value: string, why: string) =>
    problems.push({
      code: 'SSH_TARGET',
      message: `the ${what} ${JSON.stringify(value)} ${why}`,
      remedy: 'write hosts as host, user@host, host:port or [ipv6]:port',
    })
  for (const [what, value] of [
    ['host', target.host],
    ['user', target.user],
  ] as const) {
    if (value === undefined) continue
    if (value === '') refuse(what, value, 'is empty')
    else if (value.startsWith('-')) refuse(what, value, 'starts with a dash, which ssh would read as an option')
    else if (unsafeCharacters.test(value)) refuse(what, value, 'has a character that is not allowed in it')
  }
  if (target.host.includes('@') || target.host.includes('/')) refuse('host', target.host, 'has a character that is not allowed in it')
  if (target.port !== undefined && !(Number.isInteger(target.port) && target.port > 0 && target.port < 65_536)) {
    refuse('port', String(target.port), 'is not a whole number from 1 to 65535')
  }
  if (problems.length) throw usageError(problems)
}
