import { readFile } from 'node:fs/promises'
import { type KnownKey, parseKnownHostsLine } from './known-hosts-line.ts'

/** The lines of known_hosts files for a host. */
export interface KnownHost {
  /** Its name in a known_hosts file: `host` or `[host]:port`. */
  readonly name: string
  readonly keys: readonly KnownKey[]
  /** Lines for the host without its port. OpenSSH trusts them too if there is none with the port. */
  readonly withoutPort: readonly KnownKey[]
  /** Files that exist but could not be read. */
  readonly unreadable: readonly string[]
}

export type HostKeyVerdict =
  | { readonly kind: 'known' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'changed'; readonly knownKeys: readonly KnownKey[] }
  | { readonly kind: 'revoked'; readonly position: string }
  | { readonly kind: 'authority'; readonly position: string }

/** The name for a host's key: its alias, else the host name, with the port unless that is 22. */
function formatKnownHostsName(host: { hostname: string; port: number; hostKeyAlias?: string | undefined }): string {
  if (host.hostKeyAlias !== undefined) return host.hostKeyAlias.toLowerCase()
  const name = host.hostname.toLowerCase()
  return host.port === 22 ? name : `[${name}]:${host.port}`
}

export async function lookUpHost(
  host: { hostname: string; port: number; hostKeyAlias?: string | undefined },
  files: readonly string[],
): Promise<KnownHost> {
  const name = formatKnownHostsName(host)
  const portlessName = host.hostKeyAlias === undefined && host.port !== 22 ? host.hostname.toLowerCase() : undefined
  const unreadable: string[] = []
  const knownKeys = (await Promise.all(files.map((file) => readKnownHosts(file, unreadable)))).flat()
  return {
    name,
    keys: knownKeys.filter((key) => key.matches(name)),
    withoutPort: portlessName === undefined ? [] : knownKeys.filter((key) => key.matches(portlessName)),
    unreadable,
  }
}

export async function readKnownHosts(file: string, unreadable: string[] = []): Promise<KnownKey[]> {
  let text: string
  try {
    text = await readFile(file, 'latin1')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code !== 'ENOENT' && code !== 'ENOTDIR') unreadable.push(`${file} (${code})`)
    return []
  }
  return text.split('\n').flatMap((line, index) => parseKnownHostsLine(line, `${file}:${index + 1}`) ?? [])
}

/** Judges a key as OpenSSH does, but without certificates. */
export function judgeHostKey(host: KnownHost, blob: Uint8Array): HostKeyVerdict {
  const verdict = judgeAgainst(host.keys, blob)
  if (verdict.kind !== 'unknown' && verdict.kind !== 'authority') return verdict
  return judgeAgainst(host.withoutPort, blob).kind === 'known' ? { kind: 'known' } : verdict
}

function judgeAgainst(keys: readonly KnownKey[], blob: Uint8Array): HostKeyVerdict {
  const hasSameBlob = (key: KnownKey) => key.blob.equals(blob)
  const revoked = keys.find((key) => key.marker === '@revoked' && hasSameBlob(key))
  if (revoked) return { kind: 'revoked', position: revoked.position }
  const unmarked = keys.filter((key) => key.marker === undefined)
  if (unmarked.some(hasSameBlob)) return { kind: 'known' }
  if (unmarked.length) return { kind: 'changed', knownKeys: unmarked }
  const authority = keys.find((key) => key.marker === '@cert-authority')
  return authority ? { kind: 'authority', position: authority.position } : { kind: 'unknown' }
}

const rsaAlgorithms = ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa']

/**
 * Sorts host key algorithms so that those of known keys come first. A server with several keys then shows the known one, and no other key
 * has to be accepted.
 */
export function sortKnownFirst(host: KnownHost, algorithms: readonly string[]): readonly string[] {
  const types = new Set(
    host.keys.filter((key) => key.marker === undefined).flatMap((key) => (key.type === 'ssh-rsa' ? rsaAlgorithms : [key.type])),
  )
  return [...algorithms.filter((each) => types.has(each)), ...algorithms.filter((each) => !types.has(each))]
}
