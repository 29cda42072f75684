import type { ParsedKey } from 'ssh2'
import type { Prompt } from '../options.ts'
import { type IdentityFile, openIdentity } from './private-key.ts'

/** The private key of an identity file, or why it cannot be used. */
export type OpenedKey = { readonly key: ParsedKey } | { readonly why: string; readonly locked: boolean }

/** Private keys by file. A passphrase is asked for once per key and run, even if many hosts need the key. */
export interface Keyring {
  open(identity: IdentityFile, ask: Prompt | undefined): Promise<OpenedKey>
}

const maxPassphraseTries = 3

export function createKeyring(): Keyring {
  const openedByPath = new Map<string, Promise<OpenedKey>>()
  return {
    open: (identity, ask) => {
      const opening = openedByPath.get(identity.path) ?? unlockIdentity(identity, ask)
      openedByPath.set(identity.path, opening)
      return opening
    },
  }
}

async function unlockIdentity(identity: IdentityFile, ask: Prompt | undefined): Promise<OpenedKey> {
  let result = await openIdentity(identity, undefined)
  for (let tried = 0; result === 'passphrase' && tried < maxPassphraseTries; tried++) {
    if (!ask) return { why: 'it is encrypted, and there is no terminal to ask for its passphrase', locked: true }
    const passphrase = await ask(`Passphrase for ${identity.path}: `, { hidden: true }).catch(() => undefined)
    if (passphrase === undefined) return { why: 'it is encrypted, and its passphrase was not given', locked: true }
    result = await openIdentity(identity, passphrase)
  }
  if (result === 'passphrase') return { why: `it is encrypted, and ${maxPassphraseTries} passphrases were wrong`, locked: true }
  return result instanceof Error ? { why: result.message, locked: false } : { key: result }
}
