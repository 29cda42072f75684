import { createHmac } from 'node:crypto'
import { matchesList } from '../config/patterns.ts'
import { isWholeKey } from './key-blob.ts'

/** One usable line of a known_hosts file. */
export interface KnownKey {
  readonly marker: '@cert-authority' | '@revoked' | undefined
  readonly type: string
  readonly blob: Buffer
  /** `path:line` */
  readonly position: string
  /** Whether the line is about the host: a name, or `[name]:port`, in lower case. */
  matches(host: string): boolean
}

/**
 * Reads a line as in sshd(8), SSH_KNOWN_HOSTS FILE FORMAT. Comments, empty lines and lines that OpenSSH skips as invalid give `undefined`.
 * Unlike OpenSSH, it also accepts a tab after a marker, because a revoked key must not be overlooked.
 */
export function parseKnownHostsLine(line: string, position: string): KnownKey | undefined {
  const text = line.replace(/\r$/, '')
  const match = /^[ \t]*(?:(@\S+)[ \t]+)?([^ \t#@][^ \t]*)[ \t]+([^ \t]+)[ \t]+([^ \t]+)/.exec(text)
  if (!match) return undefined
  const [, marker, hosts = '', type = '', encoded = ''] = match
  if (marker !== undefined && marker !== '@cert-authority' && marker !== '@revoked') return undefined
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return undefined
  const blob = Buffer.from(encoded, 'base64')
  if (!isWholeKey(blob, type)) return undefined
  return { marker, type, blob, position, matches: hosts.startsWith('|') ? makeHashMatcher(hosts) : makeListMatcher(hosts) }
}

function makeListMatcher(hosts: string): (host: string) => boolean {
  const patterns = hosts.toLowerCase().split(',')
  return (host) => matchesList(host, patterns)
}

/** `|1|salt|HMAC-SHA1(salt, host)`: a hashed name. It cannot be part of a list, and has no patterns. */
function makeHashMatcher(hosts: string): (host: string) => boolean {
  const [, version, text = ''] = hosts.split('|')
  const salt = Buffer.from(text, 'base64')
  return (host) => version === '1' && hosts === hashHostName(host, salt)
}

export function hashHostName(host: string, salt: Buffer): string {
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(host).digest('base64')}`
}
