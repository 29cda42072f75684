import { createPrivateKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { ParsedKey } from 'ssh2'
import { keyType, readString } from '../hostkeys/key-blob.ts'
import { loadSsh2 } from '../ssh2.ts'

/** What an identity file shows without its passphrase. */
export interface IdentityFile {
  readonly path: string
  /** The public key, where the file or a `.pub` beside it shows it. */
  readonly publicBlob: Buffer | undefined
  readonly type: string | undefined
  readonly encrypted: boolean
  /** The private key's text; `undefined` where the file only holds a public key. */
  readonly text: string | undefined
}

const magic = 'openssh-key-v1\0'

/** Reads an identity file; `undefined` where it is not there. Rejects where it cannot be read. */
export async function readIdentity(path: string): Promise<IdentityFile | undefined> {
  const text = await readText(path)
  const beside = publicBlobOf(await readText(`${path}.pub`).catch(() => undefined))
  if (text === undefined) return beside && { path, publicBlob: beside, type: keyType(beside), encrypted: false, text: undefined }
  const own = publicBlobOf(text)
  if (own) return { path, publicBlob: own, type: keyType(own), encrypted: false, text: undefined }
  const opened = openSshHeader(text)
  const publicBlob = opened?.publicBlob ?? beside
  const encrypted = opened?.encrypted ?? /^Proc-Type: 4,ENCRYPTED|^-----BEGIN ENCRYPTED PRIVATE KEY|^Encryption: aes/m.test(text)
  return { path, publicBlob, type: publicBlob && keyType(publicBlob), encrypted, text }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw error
  }
}

function publicBlobOf(text: string | undefined): Buffer | undefined {
  const match = /^\s*((?:ssh|ecdsa|sk)-\S+)\s+([A-Za-z0-9+/]+=*)/.exec(text ?? '')
  const blob = match?.[2] === undefined ? undefined : Buffer.from(match[2], 'base64')
  return blob && keyType(blob) === match?.[1] ? blob : undefined
}

/** OpenSSH's own format keeps the public key readable beside the encrypted private one (PROTOCOL.key). */
function openSshHeader(text: string): { encrypted: boolean; publicBlob: Buffer } | undefined {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]*?)-----END OPENSSH PRIVATE KEY-----/.exec(text)?.[1]
  if (body === undefined) return undefined
  const bytes = Buffer.from(body, 'base64')
  if (bytes.toString('latin1', 0, magic.length) !== magic) return undefined
  let at = magic.length
  const next = () => {
    const value = readString(bytes, at)
    at += 4 + (value?.length ?? 0)
    return value
  }
  const cipher = next()
  next()
  next()
  at += 4
  const publicBlob = next()
  return cipher && publicBlob ? { encrypted: cipher.toString() !== 'none', publicBlob } : undefined
}

/** The private key, or what is wrong with it: `passphrase` when that is missing or does not fit. */
export async function openIdentity(identity: IdentityFile, passphrase: string | undefined): Promise<ParsedKey | 'passphrase' | Error> {
  const { utils } = await loadSsh2()
  const text = identity.text ?? ''
  try {
    const key = utils.parseKey(/-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/.test(text) ? traditional(text, passphrase) : text, passphrase)
    const parsed = Array.isArray(key) ? (key[0] as ParsedKey | Error) : key
    if (!(parsed instanceof Error)) return parsed.isPrivateKey() ? parsed : new Error('it holds no private key')
    return identity.encrypted && /passphrase|integrity/i.test(parsed.message) ? 'passphrase' : parsed
  } catch (error) {
    return identity.encrypted ? 'passphrase' : (error as Error)
  }
}

/** ssh2 does not read PKCS#8, Node does. */
function traditional(text: string, passphrase: string | undefined): string {
  const key = createPrivateKey(passphrase === undefined ? text : { key: text, passphrase })
  return key.export({ format: 'pem', type: key.asymmetricKeyType === 'ec' ? 'sec1' : 'pkcs1' }).toString()
}
