import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import type { ParsedKey, SigningRequestOptions } from 'ssh2'
import type { HostConfig } from '../config/host-config.ts'
import { formatFingerprint } from '../hostkeys/key-blob.ts'
import type { Prompt } from '../options.ts'
import { makePrintable } from '../options.ts'
import { loadSsh2 } from '../ssh2.ts'
import { type AgentKey, listAgentKeys } from './agent.ts'
import type { Keyring } from './keyring.ts'
import { type IdentityFile, readIdentity } from './private-key.ts'

/** One key that may be offered. */
/** The digest of an RSA signature. Other key types have a fixed one (RFC 8332). */
export type SigningHash = NonNullable<SigningRequestOptions['hash']>

export interface KeyCandidate {
  /** The key's name in messages. */
  readonly label: string
  /** Whether to offer it with a signature at once, which saves a round trip. Not if signing asks a person, and not for one key among many. */
  readonly offerSigned: boolean
  /** Whether the key has only one algorithm. For an RSA key the login waits until the host has named the algorithms that it accepts. */
  readonly fixedAlgorithm: boolean
  /** The public key. `undefined` if it cannot be read. */
  publicKey(): Promise<ParsedKey | undefined>
  sign(data: Buffer, hash: SigningHash | undefined): Promise<Buffer>
}

/** A key that exists but cannot be offered. */
export interface UnusableKey {
  readonly label: string
  readonly why: string
  readonly kind: 'locked' | 'unsupported' | 'broken' | 'missing'
}

export interface KeyCandidates {
  readonly keys: readonly KeyCandidate[]
  readonly unusable: UnusableKey[]
  /** The agent's answer, for errors. */
  readonly agent: string
}

export interface CandidateOptions {
  /** Identity files that the configuration names itself. */
  readonly explicit: readonly string[]
  readonly keyring: Keyring
  readonly ask: Prompt | undefined
  /** Runs work that may wait for a person: an agent may ask for a PIN, a touch or a confirmation. */
  readonly pauseDeadline: <T>(work: () => Promise<T>) => Promise<T>
}

/** Finds keys in OpenSSH's order: configured keys in the agent, the agent's other keys, then files. */
export async function findCandidates(config: HostConfig, options: CandidateOptions): Promise<KeyCandidates> {
  const unusable: UnusableKey[] = []
  if (!config.publicKeys) return { keys: [], unusable, agent: 'not asked (PubkeyAuthentication no)' }
  const [agent, files] = await Promise.all([askAgent(config.agent), readIdentityFiles(config.identityFiles, options.explicit, unusable)])
  for (const path of [...config.certificateFiles, ...config.identityFiles.map((file) => `${file}-cert.pub`)]) {
    if (existsSync(path)) unusable.push({ label: path, why: 'certificates are not supported', kind: 'unsupported' })
  }
  const isConfigured = (key: AgentKey) => files.some((file) => file.publicBlob?.equals(key.blob))
  const usableKeys = agent.keys.filter((key) => {
    const why = describeUnsupported(key.type)
    if (why) unusable.push({ label: formatAgentLabel(key), why, kind: 'unsupported' })
    return !why && (isConfigured(key) || !config.identitiesOnly)
  })
  const orderedKeys = [...usableKeys.filter(isConfigured), ...usableKeys.filter((key) => !isConfigured(key))]
  const fromAgent = await Promise.all(
    orderedKeys.map((key) =>
      createAgentCandidate(config.agent ?? '', key, isConfigured(key) || orderedKeys.length === 1, options.pauseDeadline),
    ),
  )
  const isInAgent = (file: IdentityFile) => usableKeys.some((key) => file.publicBlob?.equals(key.blob))
  const fromFiles = files.flatMap((file) => {
    if (isInAgent(file)) return []
    const why = file.type && describeUnsupported(file.type)
    if (why) unusable.push({ label: file.path, why, kind: 'unsupported' })
    else if (file.text === undefined)
      unusable.push({ label: file.path, why: 'only its public key exists, and the agent does not have the key', kind: 'missing' })
    else return [createFileCandidate(file, options, unusable)]
    return []
  })
  return { keys: [...fromAgent, ...fromFiles], unusable, agent: agent.summary }
}

function describeUnsupported(type: string): string | undefined {
  if (type.includes('-cert-')) return 'certificates are not supported'
  if (type.startsWith('sk-')) return 'FIDO security keys are not supported'
  return /^(ssh-ed25519|ssh-rsa|ssh-dss|ecdsa-sha2-nistp(256|384|521))$/.test(type)
    ? undefined
    : `keys of type ${makePrintable(type)} are not supported`
}

function formatAgentLabel(key: AgentKey): string {
  return `${formatFingerprint(key.blob)} ${makePrintable(key.comment)} (agent)`
}

async function askAgent(socket: string | undefined): Promise<{ keys: readonly AgentKey[]; summary: string }> {
  if (socket === undefined) return { keys: [], summary: 'there is no agent (SSH_AUTH_SOCK is not set)' }
  try {
    const keys = await listAgentKeys(socket)
    return {
      keys,
      summary: keys.length ? `the agent has ${keys.length} key${keys.length > 1 ? 's' : ''}` : `the agent at ${socket} has no keys`,
    }
  } catch (error) {
    return { keys: [], summary: `the agent at ${socket} cannot be asked: ${(error as Error).message}` }
  }
}

async function readIdentityFiles(paths: readonly string[], explicit: readonly string[], unusable: UnusableKey[]): Promise<IdentityFile[]> {
  const read = await Promise.all(
    paths.map(async (path): Promise<IdentityFile | undefined> => {
      try {
        const identity = await readIdentity(path)
        if (!identity && (explicit.includes(path) || !/^id_(rsa|dsa|xmss|(ecdsa|ed25519)(_sk)?)$/.test(basename(path)))) {
          unusable.push({ label: path, why: 'the file does not exist', kind: 'missing' })
        }
        return identity
      } catch (error) {
        unusable.push({ label: path, why: `it cannot be read (${(error as NodeJS.ErrnoException).code})`, kind: 'broken' })
        return undefined
      }
    }),
  )
  return read.filter((identity) => identity !== undefined)
}

async function createAgentCandidate(
  socket: string,
  key: AgentKey,
  offerSigned: boolean,
  pauseDeadline: <T>(work: () => Promise<T>) => Promise<T>,
): Promise<KeyCandidate> {
  const { createAgent, utils } = await loadSsh2()
  const parsed = utils.parseKey(key.blob)
  const agent = createAgent(socket)
  const sign = (data: Buffer, hash: SigningHash | undefined) =>
    new Promise<Buffer>((resolve, reject) => {
      if (parsed instanceof Error) return reject(parsed)
      agent.sign(parsed, data, hash === undefined ? {} : { hash }, (error, signature) =>
        signature ? resolve(signature) : reject(error ?? new Error('the agent refused to sign')),
      )
    })
  return {
    label: formatAgentLabel(key),
    offerSigned,
    fixedAlgorithm: key.type !== 'ssh-rsa',
    publicKey: async () => (parsed instanceof Error ? undefined : parsed),
    sign: (data, hash) => pauseDeadline(() => sign(data, hash)),
  }
}

function createFileCandidate(file: IdentityFile, options: CandidateOptions, unusable: UnusableKey[]): KeyCandidate {
  const open = async (): Promise<ParsedKey | undefined> => {
    // This includes logins that wait for the answer to another login's question.
    const opened = await options.pauseDeadline(() => options.keyring.open(file, options.ask))
    if ('key' in opened) return opened.key
    if (!unusable.some((each) => each.label === file.path))
      unusable.push({ label: file.path, why: opened.why, kind: opened.locked ? 'locked' : 'broken' })
    return undefined
  }
  return {
    label: file.path,
    offerSigned: !file.encrypted,
    fixedAlgorithm: file.type !== undefined && file.type !== 'ssh-rsa',
    publicKey: async () => {
      // If possible, a passphrase is asked for only after the host has said that it accepts the key.
      if (!file.encrypted || !file.publicBlob || !options.ask) return open()
      const { utils } = await loadSsh2()
      const parsed = utils.parseKey(file.publicBlob)
      return parsed instanceof Error ? open() : parsed
    },
    sign: async (data, hash) => {
      const key = await open()
      if (!key) throw new Error(`${file.path} could not be opened`)
      const signature = key.sign(data, hash)
      if (signature instanceof Error) throw signature
      return signature
    },
  }
}
