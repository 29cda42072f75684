import { type Problem, usageError } from '@dragonfab/core'

/** How to treat a host key that is in no known_hosts file: refuse it, ask, or learn it. A changed key is always refused. */
export type StrictHostKeys = 'yes' | 'ask' | 'accept-new'

/** A host as the configuration names it. What is left out comes from the user's ssh_config. */
export interface SshTarget {
  /** A name of the ssh_config, a DNS name, or an address (IPv6 without brackets). */
  readonly host: string
  readonly port?: number | undefined
  readonly user?: string | undefined
  /**
   * The only known_hosts files to trust (the first is written to, with `accept-new`), relative to `directory`; for CI.
   * Without it: the user's and the global ones of the ssh_config.
   */
  readonly knownHosts?: string | readonly string[] | undefined
  /** The ssh_config's `StrictHostKeyChecking` by default (its `no` counts as `accept-new`). */
  readonly strictHostKeys?: StrictHostKeys | undefined
  /** Private key files to use instead of the ssh_config's `IdentityFile`s, relative to `directory`. */
  readonly identityFiles?: readonly string[] | undefined
  /** Whether to forward the agent to the host; ssh_config's `ForwardAgent` by default. Jump hosts never get it from this option. */
  readonly forwardAgent?: boolean | undefined
  /** The machine whose connection leads there, instead of what ssh_config says. */
  readonly via?: SshTarget | undefined
  /** The config's folder. */
  readonly directory: string
}

/** `deploy@web1:2222`, as people write it. */
export function formatTarget(target: Pick<SshTarget, 'host' | 'port' | 'user'>): string {
  const host = target.port !== undefined && target.host.includes(':') ? `[${target.host}]` : target.host
  return `${target.user === undefined ? '' : `${target.user}@`}${host}${target.port === undefined ? '' : `:${target.port}`}`
}

// What OpenSSH refuses as well: characters with a meaning for a shell, because a ProxyCommand may contain %h and %r.
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
