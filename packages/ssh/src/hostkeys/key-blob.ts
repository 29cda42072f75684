import { createHash } from 'node:crypto'

/** `SHA256:…` as ssh-keygen -l prints it. */
export function fingerprint(blob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
}

/** The type that a public key's bytes begin with; `undefined` where they are none. */
export function keyType(blob: Buffer): string | undefined {
  const type = readString(blob, 0)
  return type && /^[\x21-\x7e]{1,64}$/.test(type.toString('latin1')) ? type.toString('latin1') : undefined
}

/** A length and that many bytes (RFC 4251, `string`). */
export function readString(blob: Buffer, at: number): Buffer | undefined {
  if (at + 4 > blob.length) return undefined
  const end = at + 4 + blob.readUInt32BE(at)
  return end > blob.length ? undefined : blob.subarray(at + 4, end)
}

/** `ED25519`, as ssh calls a type before people. */
export function typeName(type: string): string {
  return type
    .replace(/^ssh-|@openssh\.com$/g, '')
    .replace(/^ecdsa-sha2-nistp\d+$/, 'ecdsa')
    .toUpperCase()
}
