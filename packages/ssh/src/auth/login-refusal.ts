import type { Problem } from '@dragonfab/core'
import type { HostConfig } from '../config/host-config.ts'
import type { KeyCandidates } from './candidates.ts'

export interface LoginRefusal {
  readonly name: string
  readonly config: HostConfig
  /** Labels of the keys that were offered. */
  readonly offered: readonly string[]
  readonly candidates: KeyCandidates
  /** The methods that the host accepts. */
  readonly methods: readonly string[] | undefined
  /** Whether a person could be asked. */
  readonly canAsk: boolean
  /** The error that ended the login. */
  readonly errorText: string
}

/** Describes why the login was refused, in one problem that names every key. */
export function describeRefusal({ name, config, offered, candidates, methods, canAsk, errorText }: LoginRefusal): Problem {
  const locked = candidates.unusable.find((each) => each.kind === 'locked')
  const unsupported = candidates.unusable.filter((each) => each.kind === 'unsupported')
  const gssapi = methods?.every((each) => each.startsWith('gssapi')) === true && methods.length > 0
  const cause = [
    offered.length ? `offered: ${offered.join(', ')}` : 'no key was offered',
    ...candidates.unusable.map((each) => `not used: ${each.label}: ${each.why}`),
    candidates.agent,
    methods && `the host accepts: ${methods.join(', ') || 'no more methods'}`,
  ]
  const problem = { host: name, cause: cause.filter(Boolean).join('\n') }
  if (locked && !canAsk) {
    return {
      ...problem,
      code: 'SSH_KEY_ENCRYPTED',
      message: `the key ${locked.label} is encrypted, and there is no terminal to ask for its passphrase`,
      remedy: `add it to an agent (ssh-add ${locked.label}), or run this at a terminal`,
    }
  }
  if (unsupported.length || gssapi) {
    return {
      ...problem,
      code: 'SSH_UNSUPPORTED',
      message: `${name} did not let ${config.user} in, and ${gssapi ? 'GSSAPI (Kerberos) is the only method that it accepts' : `${unsupported[0]?.label}: ${unsupported[0]?.why}`}`,
      remedy: "give the user a plain key (ssh-keygen -t ed25519) and add it to the host's authorized_keys",
    }
  }
  if (!offered.length && methods?.includes('publickey') !== false) {
    return {
      ...problem,
      code: 'SSH_NO_KEY',
      message: `no key was found to log in to ${name}`,
      remedy: 'load a key into the agent (ssh-add), or name one: identityFiles, or IdentityFile in ssh_config',
    }
  }
  if (/password has expired/.test(errorText)) {
    return {
      ...problem,
      code: 'SSH_AUTH',
      message: `the password of ${config.user} on ${name} has expired`,
      remedy: `change it with ssh ${name}, or use a key`,
    }
  }
  if (/Too many authentication failures/.test(errorText)) {
    return {
      ...problem,
      code: 'SSH_AUTH',
      message: `${name} closed the connection after too many unknown keys`,
      remedy: 'name the right key with identityFiles, or with IdentityFile and IdentitiesOnly yes in ssh_config',
    }
  }
  const wantsPerson = !canAsk && methods?.some((each) => each === 'password' || each === 'keyboard-interactive')
  return {
    ...problem,
    code: 'SSH_AUTH',
    message: `${name} did not let the user ${config.user} in`,
    remedy: `check the user, and that one of these keys is in its authorized_keys on the host${wantsPerson ? '; the host also accepts a password, but there is no terminal to ask for it' : ''}`,
  }
}
