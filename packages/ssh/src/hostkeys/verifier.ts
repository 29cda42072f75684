import { DragonfabError, type Problem } from '@dragonfab/core'
import type { HostConfig } from '../config/host-config.ts'
import type { SshEvent } from '../options.ts'
import type { StrictHostKeys } from '../target.ts'
import { fingerprint, keyType, typeName } from './key-blob.ts'
import { judge, type KnownHost, lookUp, preferKnown } from './known-hosts.ts'
import type { KnownKey } from './known-hosts-line.ts'
import { learn } from './learn.ts'

/** Host keys by the name of their host. */
export type AcceptedKeys = Map<string, Buffer>

export interface HostKeyPolicy {
  /** For people: `deploy@web1`. */
  readonly name: string
  readonly mode: StrictHostKeys
  /** Files to believe. */
  readonly files: readonly string[]
  /** The file that new keys are added to. */
  readonly learnTo: string | undefined
  readonly hash: boolean
  /**
   * New keys that this run has accepted: a file that cannot be written, or a host that is connected to again, is no reason to ask
   * again, and none to take another key.
   */
  readonly accepted: AcceptedKeys
  /** `undefined` when nobody can be asked. */
  readonly ask: ((question: string) => Promise<string>) | undefined
  readonly onEvent: (event: SshEvent) => void
}

/** Checks the host key of one connection, before anything is authenticated. */
export interface HostKeyVerifier {
  /** Host key algorithms to ask for, known ones first. */
  readonly algorithms: readonly string[]
  /** Whether to go on with this key. Called again on every new key exchange of the connection. */
  check(blob: Buffer): boolean | Promise<boolean>
  /** Why the key was refused. */
  refusal(): DragonfabError | undefined
  /** To be called once the host has proved that the key is its own: writes down what was new. */
  proved(): Promise<void>
}

// What ssh2 can verify; SHA-1 signatures only where the configuration asks for them.
const able = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', 'rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa']

export async function hostKeyVerifier(config: HostConfig, policy: HostKeyPolicy): Promise<HostKeyVerifier> {
  const found = await lookUp(config, policy.files)
  const before = policy.accepted.get(found.name)
  const known = before ? { ...found, keys: [...found.keys, runKey(before)] } : found
  for (const file of found.unreadable) policy.onEvent({ type: 'warning', host: policy.name, message: `cannot read ${file}` })
  const wanted = config.hostKeyAlgorithms ?? able.slice(0, -1)
  const algorithms = preferKnown(
    known,
    wanted.filter((each) => able.includes(each)),
  )
  if (algorithms.length === 0) {
    throw new DragonfabError({
      code: 'SSH_ALGORITHMS',
      host: policy.name,
      message: `ssh_config allows no host key algorithm for ${policy.name} that is known here`,
      cause: `HostKeyAlgorithms ${wanted.join(',')}`,
      remedy: `allow one of these: ${able.join(', ')}`,
    })
  }
  let accepted: Buffer | undefined
  let fresh = false
  let refusal: DragonfabError | undefined
  const refuse = (problem: Omit<Problem, 'host'>) => {
    refusal = new DragonfabError({ host: policy.name, ...problem })
    return false
  }
  const decide = async (blob: Buffer): Promise<boolean> => {
    const verdict = judge(known, blob)
    const shown = `${typeName(keyType(blob) ?? '?')} ${fingerprint(blob)}`
    if (verdict.kind === 'known') return true
    const newKey = () => {
      policy.accepted.set(known.name, blob)
      fresh = true
      return true
    }
    if (verdict.kind === 'unknown' && policy.mode === 'accept-new') return newKey()
    if (verdict.kind === 'unknown' && policy.mode === 'ask' && policy.ask) {
      const answer = (await policy.ask(question(policy.name, known, shown))).trim()
      if (answer.toLowerCase() === 'yes' || answer === fingerprint(blob)) return newKey()
      return refuse({ code: 'HOST_KEY_UNKNOWN', message: `the host key ${shown} was not accepted` })
    }
    return refuse(problemOfVerdict(verdict, known, blob, policy))
  }
  return {
    algorithms,
    refusal: () => refusal,
    check: (blob) => {
      if (accepted) return accepted.equals(blob) || refuse({ code: 'HOST_KEY_CHANGED', message: 'the host key changed while connected' })
      // The bytes belong to ssh2, which uses their memory again.
      const own = Buffer.from(blob)
      return decide(own).then((good) => {
        if (good) accepted = own
        return good
      })
    },
    proved: async () => {
      const file = policy.learnTo
      if (!fresh || !accepted || file === undefined) return
      fresh = false
      const shown = `${typeName(keyType(accepted) ?? '?')} ${fingerprint(accepted)}`
      try {
        await learn(file, known.name, accepted, { hash: policy.hash })
        policy.onEvent({ type: 'learned', host: policy.name, message: `the host key ${shown} of ${known.name} was added to ${file}` })
      } catch (error) {
        const why = (error as NodeJS.ErrnoException).code ?? String(error)
        const message = `the host key ${shown} of ${known.name} was accepted, but could not be added to ${file} (${why})`
        policy.onEvent({ type: 'warning', host: policy.name, message })
      }
    },
  }
}

function runKey(blob: Buffer): KnownKey {
  return { marker: undefined, type: keyType(blob) ?? '', blob, place: 'accepted in this run', matches: () => true }
}

function question(name: string, known: KnownHost, shown: string): string {
  return `The host key of ${name} (${known.name}) is not known. It is ${shown}.\nTrust it and remember it (yes, no, or the fingerprint)? `
}

function problemOfVerdict(
  verdict: Exclude<ReturnType<typeof judge>, { kind: 'known' }>,
  known: KnownHost,
  blob: Buffer,
  { learnTo }: HostKeyPolicy,
): Omit<Problem, 'host'> {
  const shown = `${typeName(keyType(blob) ?? '?')} ${fingerprint(blob)}`
  const file = learnTo ?? 'a known_hosts file'
  const line = `${known.name} ${keyType(blob)} ${blob.toString('base64')}`
  switch (verdict.kind) {
    case 'revoked':
      return {
        code: 'HOST_KEY_REVOKED',
        message: `the host key ${shown} of ${known.name} is marked as revoked in ${verdict.place}`,
        remedy: 'do not connect: whoever has this key may pose as the host; give the host a new key',
      }
    case 'changed':
      return {
        code: 'HOST_KEY_CHANGED',
        message: `the host key of ${known.name} has changed: another host may be posing as it`,
        cause: [
          `now:   ${shown}`,
          ...verdict.known.map((key) => `known: ${typeName(key.type)} ${fingerprint(key.blob)} (${key.place})`),
        ].join('\n'),
        remedy: `if you know why it changed, remove what is known: ssh-keygen -f ${placeFile(verdict.known[0]?.place ?? file)} -R '${known.name}'`,
      }
    case 'authority':
      return {
        code: 'HOST_KEY_AUTHORITY',
        message: `${known.name} is only known by a certificate authority (${verdict.place}), and host certificates cannot be checked here`,
        cause: `the host's plain key is ${shown}`,
        remedy: `compare that fingerprint with the host's own, then add its key to ${file}: ${line}`,
      }
    case 'unknown':
      return {
        code: 'HOST_KEY_UNKNOWN',
        message: `the host key of ${known.name} is not known`,
        cause: `it is ${shown}`,
        remedy: `compare the fingerprint with the host's own (ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub), then add to ${file}: ${line}`,
      }
  }
}

function placeFile(place: string): string {
  return place.replace(/:\d+$/, '')
}
