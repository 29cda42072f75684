import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { mustRun } from './command.ts'

export type KeyType = 'ed25519' | 'ecdsa' | 'rsa'

export interface Key {
  readonly type: KeyType
  /** The private key's file; the public one ends in `.pub`. */
  readonly file: string
  /** `ssh-ed25519 AAAA…`, without a comment. */
  readonly line: string
  /** `SHA256:…` */
  readonly fingerprint: string
}

/** Makes a key pair in `directory`, replacing one of that name. */
export async function makeKey(directory: string, name: string, options: { type?: KeyType; passphrase?: string } = {}): Promise<Key> {
  const type = options.type ?? 'ed25519'
  const file = join(directory, name)
  await rm(file, { force: true })
  const bits = type === 'rsa' ? ['-b', '2048'] : []
  await mustRun(['ssh-keygen', '-q', '-t', type, ...bits, '-N', options.passphrase ?? '', '-C', '', '-f', file])
  const line = (await mustRun(['cat', `${file}.pub`])).trim().split(' ').slice(0, 2).join(' ')
  const fingerprint = (await mustRun(['ssh-keygen', '-lf', `${file}.pub`])).split(' ')[1] ?? ''
  return { type, file, line, fingerprint }
}
