import { DragonfabError, type Problem } from '@dragonfab/core'
import type { HostConfig } from '../config/host-config.ts'
import type { SshEvent } from '../options.ts'
import type { StrictHostKeys } from '../target.ts'
import { formatFingerprint, formatKeyType, readKeyType } from './key-blob.ts'
import { judgeHostKey, type KnownHost, lookUpHost, sortKnownFirst } from './known-hosts.ts'
import type { KnownKey } from './known-hosts-line.ts'
import { learnHostKey } from './learn-host-key.ts'

/** Host keys by the name of their host. */
export type AcceptedKeys = Map<string, Buffer>

export interface HostKeyPolicy {
  /** For people: `deploy@web1`. */
  readonly name: string
  readonly mode: StrictHostKeys
  /** The known_hosts files to trust. */
  readonly files: readonly string[]
  /** The file that new keys are added to. */
  readonly learnTo: string | undefined
  readonly hash: boolean
  /**
   * New keys that this run has accepted. If the file cannot be written, or the host is connected to again, the run neither asks again nor
   * accepts another key.
   */
  readonly accepted: AcceptedKeys
  /** `undefined` if there is nobody to ask. */
  readonly ask: ((question: string) => Promise<string>) | undefined
  readonly onEvent: (event: SshEvent) => void
}

/** Checks the host key of one connection, before anything is authenticated. */
export interface HostKeyVerifier {
  /** Host key algorithms to ask for, known ones first. */
  readonly algorithms: readonly string[]
  /** Whether to continue with this key. Called again for every new key exchange of the connection. */
  check(blob: Buffer): boolean | Promise<boolean>
  /** Why the key was refused. */
  refusalError(): DragonfabError | undefined
  /** Call this once the host has proved that the key is its own. Saves a new key. */
  saveProvenKey(): Promise<void>
}

// Algorithms that ssh2 can verify. SHA-1 signatures are used only if the configuration requests them.
const supportedAlgorithms = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
  'ssh-rsa',
]

export async function createHostKeyVerifier(config: HostConfig, policy: HostKeyPolicy): Promise<HostKeyVerifier> {
  const lookup = await lookUpHost(config, policy.files)
  const acceptedBefore = policy.accepted.get(lookup.name)
  const knownHost = acceptedBefore ? { ...lookup, keys: [...lookup.keys, createRunKey(acceptedBefore)] } : lookup
  for (const file of lookup.unreadable) policy.onEvent({ type: 'warning', host: policy.name, message: `cannot read ${file}` })
  const allowedAlgorithms = config.hostKeyAlgorithms ?? supportedAlgorithms.slice(0, -1)
  const algorithms = sortKnownFirst(
    knownHost,
    allowedAlgorithms.filter((each) => supportedAlgorithms.includes(each)),
  )
  if (algorithms.length === 0) {
    throw new DragonfabError({
      code: 'SSH_ALGORITHMS',
      host: policy.name,
      message: `ssh_config allows no host key algorithm for ${policy.name} that Dragonfab supports`,
      cause: `HostKeyAlgorithms ${allowedAlgorithms.join(',')}`,
      remedy: `allow one of these: ${supportedAlgorithms.join(', ')}`,
    })
  }
  let accepted: Buffer | undefined
  let isNew = false
  let refusal: DragonfabError | undefined
  const refuse = (problem: Omit<Problem, 'host'>) => {
    refusal = new DragonfabError({ host: policy.name, ...problem })
    return false
  }
  const decide = async (blob: Buffer): Promise<boolean> => {
    const verdict = judgeHostKey(knownHost, blob)
    const keyLabel = `${formatKeyType(readKeyType(blob) ?? '?')} ${formatFingerprint(blob)}`
    if (verdict.kind === 'known') return true
    const acceptNewKey = () => {
      policy.accepted.set(knownHost.name, blob)
      isNew = true
      return true
    }
    if (verdict.kind === 'unknown' && policy.mode === 'accept-new') return acceptNewKey()
    if (verdict.kind === 'unknown' && policy.mode === 'ask' && policy.ask) {
      const answer = (await policy.ask(formatQuestion(policy.name, knownHost, keyLabel))).trim()
      if (answer.toLowerCase() === 'yes' || answer === formatFingerprint(blob)) return acceptNewKey()
      return refuse({ code: 'HOST_KEY_UNKNOWN', message: `the host key ${keyLabel} was not accepted` })
    }
    return refuse(describeVerdict(verdict, knownHost, blob, policy))
  }
  return {
    algorithms,
    refusalError: () => refusal,
    check: (blob) => {
      if (accepted) return accepted.equals(blob) || refuse({ code: 'HOST_KEY_CHANGED', message: 'the host key changed while connected' })
      // Copied, because ssh2 reuses the memory.
      const blobCopy = Buffer.from(blob)
      return decide(blobCopy).then((good) => {
        if (good) accepted = blobCopy
        return good
      })
    },
    saveProvenKey: async () => {
      const file = policy.learnTo
      if (!isNew || !accepted || file === undefined) return
      isNew = false
      const keyLabel = `${formatKeyType(readKeyType(accepted) ?? '?')} ${formatFingerprint(accepted)}`
      try {
        await learnHostKey(file, knownHost.name, accepted, { hash: policy.hash })
        policy.onEvent({
          type: 'learned',
          host: policy.name,
          message: `the host key ${keyLabel} of ${knownHost.name} was added to ${file}`,
        })
      } catch (error) {
        const why = (error as NodeJS.ErrnoException).code ?? String(error)
        const message = `the host key ${keyLabel} of ${knownHost.name} was accepted, but could not be added to ${file} (${why})`
        policy.onEvent({ type: 'warning', host: policy.name, message })
      }
    },
  }
}

function createRunKey(blob: Buffer): KnownKey {
  return { marker: undefined, type: readKeyType(blob) ?? '', blob, position: 'accepted in this run', matches: () => true }
}

function formatQuestion(name: string, knownHost: KnownHost, keyLabel: string): string {
  return `The host key of ${name} (${knownHost.name}) is not known. It is ${keyLabel}.\nTrust it and remember it (yes, no, or the fingerprint)? `
}

function describeVerdict(
  verdict: Exclude<ReturnType<typeof judgeHostKey>, { kind: 'known' }>,
  knownHost: KnownHost,
  blob: Buffer,
  { learnTo }: HostKeyPolicy,
): Omit<Problem, 'host'> {
  const keyLabel = `${formatKeyType(readKeyType(blob) ?? '?')} ${formatFingerprint(blob)}`
  const file = learnTo ?? 'a known_hosts file'
  const line = `${knownHost.name} ${readKeyType(blob)} ${blob.toString('base64')}`
  switch (verdict.kind) {
    case 'revoked':
      return {
        code: 'HOST_KEY_REVOKED',
        message: `the host key ${keyLabel} of ${knownHost.name} is marked as revoked in ${verdict.position}`,
        remedy: 'do not connect, because somebody else may have this key and pose as the host; give the host a new key',
      }
    case 'changed':
      return {
        code: 'HOST_KEY_CHANGED',
        message: `the host key of ${knownHost.name} has changed: another host may be posing as it`,
        cause: [
          `now:   ${keyLabel}`,
          ...verdict.knownKeys.map((key) => `known: ${formatKeyType(key.type)} ${formatFingerprint(key.blob)} (${key.position})`),
        ].join('\n'),
        remedy: `if you know why it changed, remove the known key: ssh-keygen -f ${fileOfPosition(verdict.knownKeys[0]?.position ?? file)} -R '${knownHost.name}'`,
      }
    case 'authority':
      return {
        code: 'HOST_KEY_AUTHORITY',
        message: `${knownHost.name} is only known by a certificate authority (${verdict.position}), and Dragonfab does not support host certificates`,
        cause: `the host's plain key is ${keyLabel}`,
        remedy: `compare that fingerprint with the host's own, then add its key to ${file}: ${line}`,
      }
    case 'unknown':
      return {
        code: 'HOST_KEY_UNKNOWN',
        message: `the host key of ${knownHost.name} is not known`,
        cause: `it is ${keyLabel}`,
        remedy: `compare the fingerprint with the host's own (ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub), then add to ${file}: ${line}`,
      }
  }
}

function fileOfPosition(position: string): string {
  return position.replace(/:\d+$/, '')
}
