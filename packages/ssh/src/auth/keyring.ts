import type { ParsedKey } from 'ssh2'
import type { Ask } from '../questions.ts'
import { type IdentityFile, openIdentity } from './private-key.ts'

/** What became of an identity file: its private key, or why it cannot be used. */
export type Opened = { readonly key: ParsedKey } | { readonly why: string; readonly locked: boolean }

/** Private keys by file. A passphrase is asked for once for each key and run, however many hosts want it. */
export interface Keyring {
  open(identity: IdentityFile, ask: Ask | undefined): Promise<Opened>
}

const tries = 3

export function keyring(): Keyring {
  const known = new Map<string, Promise<Opened>>()
  return {
    open: (identity, ask) => {
      const found = known.get(identity.path) ?? unlock(identity, ask)
      known.set(identity.path, found)
      return found
    },
  }
}

async function unlock(identity: IdentityFile, ask: Ask | undefined): Promise<Opened> {
  let result = await openIdentity(identity, undefined)
  for (let tried = 0; result === 'passphrase' && tried < tries; tried++) {
    if (!ask) return { why: 'it is encrypted, and nobody can be asked for its passphrase', locked: true }
    const passphrase = await ask(`Passphrase for ${identity.path}: `, { hidden: true }).catch(() => undefined)
    if (passphrase === undefined) return { why: 'it is encrypted, and its passphrase was not given', locked: true }
    result = await openIdentity(identity, passphrase)
  }
  if (result === 'passphrase') return { why: `it is encrypted, and ${tries} passphrases did not fit`, locked: true }
  return result instanceof Error ? { why: result.message, locked: false } : { key: result }
}
