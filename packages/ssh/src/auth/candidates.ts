import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import type { ParsedKey, SigningRequestOptions } from 'ssh2'
import type { HostConfig } from '../config/host-config.ts'
import { fingerprint } from '../hostkeys/key-blob.ts'
import { printable } from '../printable.ts'
import type { Ask } from '../questions.ts'
import { loadSsh2 } from '../ssh2.ts'
import { type AgentKey, agentKeys } from './agent.ts'
import type { Keyring } from './keyring.ts'
import { type IdentityFile, readIdentity } from './private-key.ts'

/** One key that may be offered. */
/** The digest of an RSA signature; other keys have one of their own (RFC 8332). */
export type SigningHash = NonNullable<SigningRequestOptions['hash']>

export interface Candidate {
  /** For people. */
  readonly label: string
  /** Offer it with a signature at once, which saves a round trip. Not where signing asks a person, or a key among many. */
  readonly atOnce: boolean
  /** Its algorithm is the key's own. An RSA key's is chosen by what the host says that it takes, which must be waited for. */
  readonly fixedAlgorithm: boolean
  /** The public key; `undefined` when it turns out that it cannot be had. */
  publicKey(): Promise<ParsedKey | undefined>
  sign(data: Buffer, hash: SigningHash | undefined): Promise<Buffer>
}

/** A key that is there and cannot be offered. */
export interface Unusable {
  readonly label: string
  readonly why: string
  readonly kind: 'locked' | 'unsupported' | 'broken' | 'missing'
}

export interface Candidates {
  readonly keys: readonly Candidate[]
  readonly unusable: Unusable[]
  /** What the agent said, for errors. */
  readonly agent: string
}

export interface FindOptions {
  /** Identity files that the configuration names itself. */
  readonly explicit: readonly string[]
  readonly keyring: Keyring
  readonly ask: Ask | undefined
  /** Runs what may have to wait for a person: an agent may ask for a PIN, a touch or a confirmation. */
  readonly patiently: <T>(work: () => Promise<T>) => Promise<T>
}

/** In OpenSSH's order: keys of the agent that are configured, the agent's others, then files. */
export async function findCandidates(config: HostConfig, options: FindOptions): Promise<Candidates> {
  const unusable: Unusable[] = []
  if (!config.publicKeys) return { keys: [], unusable, agent: 'not asked (PubkeyAuthentication no)' }
  const [agent, files] = await Promise.all([askAgent(config.agent), readFiles(config.identityFiles, options.explicit, unusable)])
  for (const path of [...config.certificateFiles, ...config.identityFiles.map((file) => `${file}-cert.pub`)]) {
    if (existsSync(path)) unusable.push({ label: path, why: 'certificates cannot be used here', kind: 'unsupported' })
  }
  const configured = (key: AgentKey) => files.some((file) => file.publicBlob?.equals(key.blob))
  const held = agent.keys.filter((key) => {
    const why = unsupported(key.type)
    if (why) unusable.push({ label: agentLabel(key), why, kind: 'unsupported' })
    return !why && (configured(key) || !config.identitiesOnly)
  })
  const first = [...held.filter(configured), ...held.filter((key) => !configured(key))]
  const fromAgent = await Promise.all(
    first.map((key) => agentCandidate(config.agent ?? '', key, configured(key) || first.length === 1, options.patiently)),
  )
  const inAgent = (file: IdentityFile) => held.some((key) => file.publicBlob?.equals(key.blob))
  const fromFiles = files.flatMap((file) => {
    if (inAgent(file)) return []
    const why = file.type && unsupported(file.type)
    if (why) unusable.push({ label: file.path, why, kind: 'unsupported' })
    else if (file.text === undefined)
      unusable.push({ label: file.path, why: 'only its public key is there, and the agent does not hold it', kind: 'missing' })
    else return [fileCandidate(file, options, unusable)]
    return []
  })
  return { keys: [...fromAgent, ...fromFiles], unusable, agent: agent.told }
}

function unsupported(type: string): string | undefined {
  if (type.includes('-cert-')) return 'certificates cannot be used here'
  if (type.startsWith('sk-')) return 'FIDO security keys cannot be used here'
  return /^(ssh-ed25519|ssh-rsa|ssh-dss|ecdsa-sha2-nistp(256|384|521))$/.test(type)
    ? undefined
    : `keys of type ${printable(type)} cannot be used here`
}

function agentLabel(key: AgentKey): string {
  return `${fingerprint(key.blob)} ${printable(key.comment)} (agent)`
}

async function askAgent(socket: string | undefined): Promise<{ keys: readonly AgentKey[]; told: string }> {
  if (socket === undefined) return { keys: [], told: 'there is no agent (SSH_AUTH_SOCK is not set)' }
  try {
    const keys = await agentKeys(socket)
    return {
      keys,
      told: keys.length ? `the agent holds ${keys.length} key${keys.length > 1 ? 's' : ''}` : `the agent at ${socket} holds no keys`,
    }
  } catch (error) {
    return { keys: [], told: `the agent at ${socket} cannot be asked: ${(error as Error).message}` }
  }
}

async function readFiles(paths: readonly string[], explicit: readonly string[], unusable: Unusable[]): Promise<IdentityFile[]> {
  const read = await Promise.all(
    paths.map(async (path): Promise<IdentityFile | undefined> => {
      try {
        const identity = await readIdentity(path)
        if (!identity && (explicit.includes(path) || !/^id_(rsa|dsa|xmss|(ecdsa|ed25519)(_sk)?)$/.test(basename(path)))) {
          unusable.push({ label: path, why: 'there is no such file', kind: 'missing' })
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

async function agentCandidate(
  socket: string,
  key: AgentKey,
  atOnce: boolean,
  patiently: <T>(work: () => Promise<T>) => Promise<T>,
): Promise<Candidate> {
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
    label: agentLabel(key),
    atOnce,
    fixedAlgorithm: key.type !== 'ssh-rsa',
    publicKey: async () => (parsed instanceof Error ? undefined : parsed),
    sign: (data, hash) => patiently(() => sign(data, hash)),
  }
}

function fileCandidate(file: IdentityFile, options: FindOptions, unusable: Unusable[]): Candidate {
  const open = async (): Promise<ParsedKey | undefined> => {
    // Also who waits for the answer to another's question.
    const opened = await options.patiently(() => options.keyring.open(file, options.ask))
    if ('key' in opened) return opened.key
    if (!unusable.some((each) => each.label === file.path))
      unusable.push({ label: file.path, why: opened.why, kind: opened.locked ? 'locked' : 'broken' })
    return undefined
  }
  return {
    label: file.path,
    atOnce: !file.encrypted,
    fixedAlgorithm: file.type !== undefined && file.type !== 'ssh-rsa',
    publicKey: async () => {
      // A passphrase is asked for only once the host has said that it takes the key, where that can be asked without one.
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
