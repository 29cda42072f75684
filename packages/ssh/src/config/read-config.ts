import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { SshTarget } from '../target.ts'
import { expandGlob } from './glob.ts'
import { matchesList } from './patterns.ts'
import type { RawConfig } from './raw-config.ts'
import { type LocalUser, readLocalUser } from './tokens.ts'
import { parseKeyword, splitConfigWords } from './words.ts'

export interface ParsedConfig {
  readonly raw: RawConfig
  /** Messages about lines that were ignored. */
  readonly warnings: readonly string[]
}

/** Keywords whose values are all used. For all others the first value wins. */
const accumulatingKeywords = new Set(['identityfile', 'certificatefile'])
const listKeywords = new Set(['userknownhostsfile', 'globalknownhostsfile'])
const defaultIdentities = ['rsa', 'ecdsa', 'ecdsa_sk', 'ed25519', 'ed25519_sk', 'xmss', 'dsa']
const booleanWords: Readonly<Record<string, string>> = { yes: 'true', true: 'true', no: 'false', off: 'false', false: 'false' }

/**
 * Reads ssh_config on machines without an ssh client: Host and Include, and the first value wins. `Match` (except `Match all`) is ignored
 * with a warning, because only OpenSSH can evaluate it.
 */
export function readConfig(
  target: Pick<SshTarget, 'host' | 'port' | 'user'>,
  files: readonly { readonly path: string; readonly includes: string }[],
  me: LocalUser = readLocalUser(),
): ParsedConfig {
  const raw = new Map<string, string[]>()
  const warnings: string[] = []
  const setUnlessSet = (keyword: string, value: string) => {
    const values = raw.get(keyword)
    if (!values) raw.set(keyword, [value])
    else if (accumulatingKeywords.has(keyword) && !values.includes(value)) values.push(value)
  }
  if (target.port !== undefined) setUnlessSet('port', String(target.port))
  if (target.user !== undefined) setUnlessSet('user', target.user)

  const readFileInto = (path: string, includes: string, depth: number) => {
    const text = readOptionalText(path)
    if (text === undefined) return
    if (depth > 16) return void warnings.push(`${path}: too many files include each other`)
    let active = true
    text.split('\n').forEach((line, index) => {
      const entry = parseKeyword(line)
      if (!entry) return
      const { keyword, rest } = entry
      const position = `${path}:${index + 1}`
      const values = splitConfigWords(rest)
      if (!values) warnings.push(`${position}: a quote is not closed; the line is ignored`)
      else if (keyword === 'host') active = matchesList(target.host, values)
      else if (keyword === 'match') {
        active = values.length === 1 && values[0]?.toLowerCase() === 'all'
        if (!active) warnings.push(`${position}: Match needs the ssh client, which is not installed; the block is ignored`)
      } else if (!active) return
      else if (keyword === 'include') {
        for (const value of values) {
          const home = value.replace(/^~(?=\/)/, me.home)
          for (const file of expandGlob(home.startsWith('/') ? home : join(includes, home))) readFileInto(file, includes, depth + 1)
        }
      } else if (keyword === 'proxycommand') {
        // After `ProxyJump none` OpenSSH still takes a ProxyCommand, but no other ProxyJump.
        if ((raw.get('proxyjump')?.[0] ?? 'none').toLowerCase() === 'none') setUnlessSet(keyword, rest)
      } else if (keyword === 'proxyjump') {
        if (!raw.has('proxycommand')) setUnlessSet(keyword, values[0] ?? '')
      } else if (listKeywords.has(keyword)) setUnlessSet(keyword, values.join(' '))
      else if (values[0] !== undefined)
        setUnlessSet(keyword, keyword === 'stricthostkeychecking' ? (booleanWords[values[0]] ?? values[0]) : values[0])
    })
  }
  for (const { path, includes } of files) readFileInto(path, includes, 0)

  for (const keyword of ['proxyjump', 'proxycommand']) if (raw.get(keyword)?.[0]?.toLowerCase() === 'none') raw.delete(keyword)
  const hostname = raw.get('hostname')?.[0]
  // In HostName only %h and %% are known, and %h is the name that was asked for.
  const expanded = hostname === undefined ? target.host : hostname.replace(/%([%h])/g, (_, letter) => (letter === 'h' ? target.host : '%'))
  raw.set('hostname', [expanded.toLowerCase()])
  const alias = raw.get('hostkeyalias')?.[0]
  if (alias !== undefined) raw.set('hostkeyalias', [alias.toLowerCase()])
  setUnlessSet('user', me.name)
  setUnlessSet('port', '22')
  if (!raw.has('identityfile'))
    raw.set(
      'identityfile',
      defaultIdentities.map((name) => `~/.ssh/id_${name}`),
    )
  setUnlessSet('userknownhostsfile', '~/.ssh/known_hosts ~/.ssh/known_hosts2')
  setUnlessSet('globalknownhostsfile', '/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2')
  setUnlessSet('stricthostkeychecking', 'ask')
  return { raw, warnings }
}

/** The files that OpenSSH would read: `-F FILE` alone, else the user's and then the system's. */
export function listConfigFiles(configFile: string | undefined, me: LocalUser = readLocalUser()): { path: string; includes: string }[] {
  const own = join(me.home, '.ssh')
  if (configFile !== undefined) return [{ path: configFile, includes: own }]
  const system = '/etc/ssh/ssh_config'
  return [
    { path: join(own, 'config'), includes: own },
    { path: system, includes: dirname(system) },
  ]
}

function readOptionalText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
