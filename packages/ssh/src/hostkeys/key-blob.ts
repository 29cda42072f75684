import { createHash } from 'node:crypto'

/** `SHA256:…` as ssh-keygen -l prints it. */
export function formatFingerprint(blob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
}

/** The type at the beginning of a public key's bytes. `undefined` if the bytes are not a key. */
export function readKeyType(blob: Buffer): string | undefined {
  const type = readString(blob, 0)
  return type && /^[\x21-\x7e]{1,64}$/.test(type.toString('latin1')) ? type.toString('latin1') : undefined
}

/** The number of parts of a public key of each type, including the type (RFC 4253, 5656, 8709; PROTOCOL.u2f). */
const partCounts: Readonly<Record<string, number>> = {
  'ssh-ed25519': 2,
  'ssh-rsa': 3,
  'ssh-dss': 5,
  'ecdsa-sha2-nistp256': 3,
  'ecdsa-sha2-nistp384': 3,
  'ecdsa-sha2-nistp521': 3,
  'sk-ssh-ed25519@openssh.com': 3,
  'sk-ecdsa-sha2-nistp256@openssh.com': 4,
}

/** Whether these bytes are a complete public key of that type, because a truncated line must not count as another key. */
export function isWholeKey(blob: Buffer, type: string): boolean {
  if (readKeyType(blob) !== type) return false
  let count = 0
  let at = 0
  for (let part = readString(blob, at); part; part = readString(blob, at)) {
    at += 4 + part.length
    count++
    if (type === 'ssh-ed25519' && count === 2 && part.length !== 32) return false
  }
  return at === blob.length && count === partCounts[type]
}

/** A length and that many bytes (RFC 4251, `string`). */
export function readString(blob: Buffer, at: number): Buffer | undefined {
  if (at + 4 > blob.length) return undefined
  const end = at + 4 + blob.readUInt32BE(at)
  return end > blob.length ? undefined : blob.subarray(at + 4, end)
}

/** `ED25519`, the name that ssh shows to people. */
export function formatKeyType(type: string): string {
  return type
    .replace(/^ssh-|@openssh\.com$/g, '')
    .replace(/^ecdsa-sha2-nistp\d+$/, 'ecdsa')
    .toUpperCase()
}
