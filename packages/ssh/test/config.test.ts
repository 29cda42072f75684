import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand, startSshHosts } from '@dragonfab/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createConfigResolver } from '../src/config/config-resolver.ts'
import { parseRawConfig, type RawConfig } from '../src/config/raw-config.ts'
import { readConfig } from '../src/config/read-config.ts'
import { random } from './random.ts'
import { runClient } from './run-client.ts'

// Where no ssh client is installed, ssh_config is read here. It must say what `ssh -G` says.
const files = 150
const keywords = [
  'hostname',
  'user',
  'port',
  'identityfile',
  'identitiesonly',
  'identityagent',
  'forwardagent',
  'proxyjump',
  'proxycommand',
  'userknownhostsfile',
  'globalknownhostsfile',
  'hostkeyalias',
  'stricthostkeychecking',
  'serveraliveinterval',
  'serveralivecountmax',
  'connecttimeout',
  'certificatefile',
  'hashknownhosts',
  'batchmode',
  'addressfamily',
  'bindaddress',
  'passwordauthentication',
]
let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'config-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

function generate(seed: number, includes: string): { text: string; included: string; host: string; user?: string; port?: number } {
  const { one, chance, below } = random(seed)
  const pattern = () => one(['web1', 'web*', 'web?', '*', '*.example.org', '!web2', 'db', 'WEB1', '"web1"', '!*.test', 'web1.example.org'])
  const values: Record<string, () => string> = {
    HostName: () => one(['10.0.0.1', '%h.example.org', 'a%%b', 'real.example.org', '"quoted.example.org"']),
    User: () => one(['deploy', 'root', '"odd user"']),
    Port: () => String(1 + below(60_000)),
    IdentityFile: () => one(['~/.ssh/one', '/etc/two', '%d/.ssh/three', '"/with space/key"', '/it\\"s', 'none']),
    IdentitiesOnly: () => one(['yes', 'no']),
    IdentityAgent: () => one(['/run/agent', 'none', 'SSH_AUTH_SOCK', '$SOCKET']),
    ProxyJump: () => one(['jump', 'u@jump:2222', 'a,b', 'none']),
    ProxyCommand: () => one(['nc %h %p', 'ssh -W "%h:%p" x # y', 'none']),
    UserKnownHostsFile: () => one(['/a', '/a /b', '~/.ssh/c', '"/with space" /d', 'none', '/dev/null']),
    GlobalKnownHostsFile: () => one(['/dev/null', '/x /y']),
    HostKeyAlias: () => one(['alias', 'Alias2']),
    StrictHostKeyChecking: () => one(['yes', 'no', 'ask', 'accept-new', 'off']),
    ServerAliveInterval: () => String(1 + below(50)),
    ServerAliveCountMax: () => String(1 + below(50)),
    ConnectTimeout: () => String(1 + below(50)),
    CertificateFile: () => one(['/cert1', '/cert2']),
    HashKnownHosts: () => one(['yes', 'no']),
    BatchMode: () => one(['yes', 'no']),
    AddressFamily: () => one(['inet', 'inet6', 'any']),
    BindAddress: () => one(['127.0.0.1', '127.0.0.2']),
    PasswordAuthentication: () => one(['yes', 'no']),
  }
  const setting = () => {
    const name = one(Object.keys(values))
    const value = values[name]?.() ?? ''
    const spelt = one([name, name.toLowerCase(), name.toUpperCase()])
    return `${one(['', '  ', '\t'])}${spelt}${one([' ', '  ', '\t', '=', ' = '])}${value}${one(['', '', ' ', '\t'])}`
  }
  const block = (allowIncludes: boolean): string[] => [
    chance(0.85) ? `Host ${Array.from({ length: 1 + below(3) }, pattern).join(' ')}` : chance(0.5) ? 'Match all' : '# no header',
    ...Array.from({ length: below(6) }, setting),
    ...(chance(0.3) ? ['', '# comment', '  # indented comment'] : []),
    ...(allowIncludes && chance(0.3)
      ? [`Include ${one([`${includes}/inc-${seed}`, `${includes}/inc-${seed}*`, `${includes}/absent`])}`]
      : []),
  ]
  const several = (allowIncludes: boolean) => [
    ...(chance(0.4) ? [setting()] : []),
    ...Array.from({ length: 1 + below(4) }, () => block(allowIncludes)).flat(),
  ]
  const end = chance(0.1) ? '\r\n' : '\n'
  return {
    text: several(true).join(end) + end,
    included: several(false).join('\n'),
    host: one(['web1', 'web2', 'web1.example.org', 'db', 'WEB1', 'x.test']),
    ...(chance(0.2) ? { user: 'given' } : {}),
    ...(chance(0.2) ? { port: 4444 } : {}),
  }
}

/** Debian's ssh makes ServerAliveInterval 300 by itself where BatchMode is set. */
const debians = (raw: RawConfig, keyword: string) =>
  keyword === 'serveraliveinterval' && raw.get('batchmode')?.[0] === 'yes' && raw.get(keyword)?.[0] === '300'
const pick = (raw: RawConfig) =>
  Object.fromEntries(keywords.map((keyword) => [keyword, normal(keyword, debians(raw, keyword) ? undefined : raw.get(keyword))]))

/** Spellings of one meaning: what `ssh -G` prints for what is not set, and where it has expanded what the readers leave. */
function normal(keyword: string, values: readonly string[] | undefined): readonly string[] | string {
  const [value] = values ?? []
  if (keyword === 'identityfile' || keyword === 'certificatefile') return (values ?? []).filter((each) => each !== 'none')
  if (/knownhostsfile$/.test(keyword)) return (value ?? '').replaceAll('~/', '/root/')
  const unset: Record<string, string> = {
    identitiesonly: 'no',
    forwardagent: 'no',
    serveraliveinterval: '0',
    serveralivecountmax: '3',
    connecttimeout: 'none',
    hashknownhosts: 'no',
    batchmode: 'no',
    addressfamily: 'any',
    passwordauthentication: 'yes',
  }
  return value ?? unset[keyword] ?? ''
}

describe('ssh_config without OpenSSH', () => {
  it(`says what ssh -G says (${files} generated files)`, { timeout: 120_000 }, async () => {
    const includes = join(directory, 'includes')
    await mkdir(includes)
    let checked = 0
    for (let seed = 1; seed <= files; seed++) {
      const { text, included, host, user, port } = generate(seed, includes)
      const path = join(directory, `config-${seed}`)
      await Promise.all([writeFile(path, text), writeFile(join(includes, `inc-${seed}`), included)])
      const flags = [...(port ? ['-p', String(port)] : []), ...(user ? ['-l', user] : [])]
      const told = await runCommand(['ssh', '-G', '-F', path, ...flags, '--', host])
      // What ssh itself refuses has no meaning to compare.
      if (told.status !== 0) continue
      checked++
      const read = readConfig({ host, port, user }, [{ path, includes }])
      expect(pick(read.raw), `seed ${seed}, host ${host}\n${text}\n--- included\n${included}`).toEqual(pick(parseRawConfig(told.stdout)))
    }
    expect(checked).toBeGreaterThan(files * 0.8)
  })

  it('leaves out Match, and says so', async () => {
    const path = join(directory, 'match')
    await writeFile(path, 'Match host web1 exec "true"\n  User wrong\nHost web1\n  User right\n')
    const { raw, warnings } = readConfig({ host: 'web1' }, [{ path, includes: directory }])
    expect(raw.get('user')).toEqual(['right'])
    expect(warnings).toEqual([expect.stringContaining(`${path}:1: Match needs the ssh client`)])
  })

  it('is what a connection is made with where no ssh is installed', async () => {
    const hosts = await startSshHosts(1)
    try {
      const job = { options: { configFile: hosts.sshConfig }, target: { host: 'web1', directory }, argv: ['echo', 'in'] }
      expect(await runClient(job, { env: { PATH: '/nowhere' } })).toMatchObject({ status: 0, bytes: 3 })
    } finally {
      await hosts.stop()
    }
  })

  it('does not follow files that include each other for ever', async () => {
    const path = join(directory, 'ring')
    await writeFile(path, `Include ${path}\nUser deploy\n`)
    const { raw, warnings } = readConfig({ host: 'web1' }, [{ path, includes: directory }])
    expect(raw.get('user')).toEqual(['deploy'])
    expect(warnings.length).toBeGreaterThan(0)
  })
})

describe('ssh -G', () => {
  it('is asked once for each host, for several at the same time', async () => {
    const bin = join(directory, 'bin')
    await mkdir(bin)
    const log = join(directory, 'asked')
    await writeFile(join(bin, 'ssh'), `#!/bin/sh\necho "$*" >>'${log}'\nPATH=/usr/bin:/bin exec ssh "$@"\n`, { mode: 0o755 })
    const path = process.env.PATH
    process.env.PATH = `${bin}:${path}`
    try {
      const resolve = createConfigResolver('/dev/null', () => undefined)
      const names = ['a', 'b', 'a', 'c', 'b', 'a']
      const found = await Promise.all(names.map((host) => resolve({ host })))
      expect(found.map((each) => each.hostname)).toEqual(names)
      expect((await resolve({ host: 'a', port: 99, user: 'u' })).port).toBe(99)
    } finally {
      process.env.PATH = path
    }
    const asked = (await readFile(log, 'utf8')).trim().split('\n').sort()
    expect(asked).toEqual([...['a', 'b', 'c'].map((host) => `-G -F /dev/null -- ${host}`), '-G -F /dev/null -p 99 -l u -- a'].sort())
  })

  it('that fails is reported', async () => {
    const path = join(directory, 'broken')
    await writeFile(path, 'NoSuchKeyword yes\n')
    const resolve = createConfigResolver(path, () => undefined)
    await expect(resolve({ host: 'web1' })).rejects.toMatchObject({ code: 'SSH_CONFIG', message: expect.stringContaining('nosuchkeyword') })
  })
})
