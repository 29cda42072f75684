import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { SshTarget } from '../target.ts'
import { glob } from './glob.ts'
import { type LocalUser, localUser } from './home.ts'
import { matchesList } from './patterns.ts'
import type { RawConfig } from './raw.ts'
import { keywordOf, words } from './words.ts'

export interface ReadConfig {
  readonly raw: RawConfig
  /** What was left out, for people. */
  readonly warnings: readonly string[]
}

/** Keywords that add up; of all others the first value wins. */
const adding = new Set(['identityfile', 'certificatefile'])
const lists = new Set(['userknownhostsfile', 'globalknownhostsfile'])
const defaultIdentities = ['rsa', 'ecdsa', 'ecdsa_sk', 'ed25519', 'ed25519_sk', 'xmss', 'dsa']
const yesNo: Readonly<Record<string, string>> = { yes: 'true', true: 'true', no: 'false', off: 'false', false: 'false' }

/**
 * Reads ssh_config without OpenSSH, for machines that have no ssh client: Host, Include, the first value wins. `Match` (other
 * than `Match all`) is left out and told, since only OpenSSH can judge it.
 */
export function readConfig(
  target: Pick<SshTarget, 'host' | 'port' | 'user'>,
  files: readonly { readonly path: string; readonly includes: string }[],
  me: LocalUser = localUser(),
): ReadConfig {
  const raw = new Map<string, string[]>()
  const warnings: string[] = []
  const set = (keyword: string, value: string) => {
    const known = raw.get(keyword)
    if (!known) raw.set(keyword, [value])
    else if (adding.has(keyword) && !known.includes(value)) known.push(value)
  }
  if (target.port !== undefined) set('port', String(target.port))
  if (target.user !== undefined) set('user', target.user)

  const read = (path: string, includes: string, depth: number) => {
    const text = readText(path)
    if (text === undefined) return
    if (depth > 16) return void warnings.push(`${path}: too many files include each other`)
    let active = true
    text.split('\n').forEach((line, index) => {
      const found = keywordOf(line)
      if (!found) return
      const { keyword, rest } = found
      const place = `${path}:${index + 1}`
      const values = words(rest)
      if (!values) warnings.push(`${place}: a quote is not closed; the line was left out`)
      else if (keyword === 'host') active = matchesList(target.host, values)
      else if (keyword === 'match') {
        active = values.length === 1 && values[0]?.toLowerCase() === 'all'
        if (!active) warnings.push(`${place}: Match needs the ssh client, which is not installed; the block was left out`)
      } else if (!active) return
      else if (keyword === 'include') {
        for (const value of values) {
          const home = value.replace(/^~(?=\/)/, me.home)
          for (const file of glob(home.startsWith('/') ? home : join(includes, home))) read(file, includes, depth + 1)
        }
      } else if (keyword === 'proxycommand') {
        // After `ProxyJump none` OpenSSH still takes a ProxyCommand, but no other ProxyJump.
        if ((raw.get('proxyjump')?.[0] ?? 'none').toLowerCase() === 'none') set(keyword, rest)
      } else if (keyword === 'proxyjump') {
        if (!raw.has('proxycommand')) set(keyword, values[0] ?? '')
      } else if (lists.has(keyword)) set(keyword, values.join(' '))
      else if (values[0] !== undefined) set(keyword, keyword === 'stricthostkeychecking' ? (yesNo[values[0]] ?? values[0]) : values[0])
    })
  }
  for (const { path, includes } of files) read(path, includes, 0)

  for (const keyword of ['proxyjump', 'proxycommand']) if (raw.get(keyword)?.[0]?.toLowerCase() === 'none') raw.delete(keyword)
  const hostname = raw.get('hostname')?.[0]
  // In HostName only %h and %% are known, and %h is the name that was asked for.
  const expanded = hostname === undefined ? target.host : hostname.replace(/%([%h])/g, (_, letter) => (letter === 'h' ? target.host : '%'))
  raw.set('hostname', [expanded.toLowerCase()])
  const alias = raw.get('hostkeyalias')?.[0]
  if (alias !== undefined) raw.set('hostkeyalias', [alias.toLowerCase()])
  set('user', me.name)
  set('port', '22')
  if (!raw.has('identityfile'))
    raw.set(
      'identityfile',
      defaultIdentities.map((name) => `~/.ssh/id_${name}`),
    )
  set('userknownhostsfile', '~/.ssh/known_hosts ~/.ssh/known_hosts2')
  set('globalknownhostsfile', '/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2')
  set('stricthostkeychecking', 'ask')
  return { raw, warnings }
}

/** The files that OpenSSH would read: `-F FILE` alone, else the user's and then the system's. */
export function configFiles(configFile: string | undefined, me: LocalUser = localUser()): { path: string; includes: string }[] {
  const own = join(me.home, '.ssh')
  if (configFile !== undefined) return [{ path: configFile, includes: own }]
  const system = '/etc/ssh/ssh_config'
  return [
    { path: join(own, 'config'), includes: own },
    { path: system, includes: dirname(system) },
  ]
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
