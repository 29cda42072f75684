import { createPrivateKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { ParsedKey } from 'ssh2'
import { readKeyType, readString } from '../hostkeys/key-blob.ts'
import { loadSsh2 } from '../ssh2.ts'

/** The parts of an identity file that can be read without its passphrase. */
export interface IdentityFile {
  readonly path: string
  /** The public key, if the file or a `.pub` beside it has it. */
  readonly publicBlob: Buffer | undefined
  readonly type: string | undefined
  readonly encrypted: boolean
  /** The private key's text. `undefined` if the file has only a public key. */
  readonly text: string | undefined
}

const opensshMagic = 'openssh-key-v1\0'

/** Reads an identity file. `undefined` if it does not exist. Rejects if it cannot be read. */
export async function readIdentity(path: string): Promise<IdentityFile | undefined> {
  const text = await readOptionalText(path)
  const siblingBlob = parsePublicBlob(await readOptionalText(`${path}.pub`).catch(() => undefined))
  if (text === undefined)
    return siblingBlob && { path, publicBlob: siblingBlob, type: readKeyType(siblingBlob), encrypted: false, text: undefined }
  const ownBlob = parsePublicBlob(text)
  if (ownBlob) return { path, publicBlob: ownBlob, type: readKeyType(ownBlob), encrypted: false, text: undefined }
  const header = parseOpensshHeader(text)
  const publicBlob = header?.publicBlob ?? siblingBlob
  const encrypted = header?.encrypted ?? /^Proc-Type: 4,ENCRYPTED|^-----BEGIN ENCRYPTED PRIVATE KEY|^Encryption: aes/m.test(text)
  return { path, publicBlob, type: publicBlob && readKeyType(publicBlob), encrypted, text }
}

async function readOptionalText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw error
  }
}

function parsePublicBlob(text: string | undefined): Buffer | undefined {
  const match = /^\s*((?:ssh|ecdsa|sk)-\S+)\s+([A-Za-z0-9+/]+=*)/.exec(text ?? '')
  const blob = match?.[2] === undefined ? undefined : Buffer.from(match[2], 'base64')
  return blob && readKeyType(blob) === match?.[1] ? blob : undefined
}

/** OpenSSH's own format keeps the public key readable beside the encrypted private one (PROTOCOL.key). */
function parseOpensshHeader(text: string): { encrypted: boolean; publicBlob: Buffer } | undefined {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]*?)-----END OPENSSH PRIVATE KEY-----/.exec(text)?.[1]
  if (body === undefined) return undefined
  const bytes = Buffer.from(body, 'base64')
  if (bytes.toString('latin1', 0, opensshMagic.length) !== opensshMagic) return undefined
  let at = opensshMagic.length
  const readNext = () => {
    const value = readString(bytes, at)
    at += 4 + (value?.length ?? 0)
    return value
  }
  const cipher = readNext()
  readNext()
  readNext()
  at += 4
  const publicBlob = readNext()
  return cipher && publicBlob ? { encrypted: cipher.toString() !== 'none', publicBlob } : undefined
}

/** The private key, or an error: `passphrase` if that is missing or wrong. */
export async function openIdentity(identity: IdentityFile, passphrase: string | undefined): Promise<ParsedKey | 'passphrase' | Error> {
  const { utils } = await loadSsh2()
  const text = identity.text ?? ''
  try {
    const key = utils.parseKey(/-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/.test(text) ? convertPkcs8(text, passphrase) : text, passphrase)
    const parsed = Array.isArray(key) ? (key[0] as ParsedKey | Error) : key
    if (!(parsed instanceof Error)) return parsed.isPrivateKey() ? parsed : new Error('it has no private key')
    return identity.encrypted && /passphrase|integrity/i.test(parsed.message) ? 'passphrase' : parsed
  } catch (error) {
    return identity.encrypted ? 'passphrase' : (error as Error)
  }
}

/** ssh2 does not read PKCS#8, Node does. */
function convertPkcs8(text: string, passphrase: string | undefined): string {
  const key = createPrivateKey(passphrase === undefined ? text : { key: text, passphrase })
  return key.export({ format: 'pem', type: key.asymmetricKeyType === 'ec' ? 'sec1' : 'pkcs1' }).toString()
}
