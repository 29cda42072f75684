import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDragonfabError } from '@dragonfab/core'
import { type Key, makeKey, runCommand, type SshHost, type SshHosts, startSshHosts } from '@dragonfab/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hashHostName } from '../src/hostkeys/known-hosts-line.ts'
import { createSshPool } from '../src/index.ts'
import { random } from './random.ts'
import { run } from './run.ts'

// HKV-03: the same verdict as `ssh -o StrictHostKeyChecking=yes`, on the same files.
const files = 120

let hosts: SshHosts
let host: SshHost
let strangers: Key[]
let directory: string

beforeAll(async () => {
  hosts = await startSshHosts(1, { hostKeyTypes: ['ed25519', 'ecdsa', 'rsa'] })
  host = hosts.hosts[0] as SshHost
  directory = await mkdtemp(join(tmpdir(), 'known-hosts-'))
  strangers = await Promise.all((['ed25519', 'ecdsa', 'rsa'] as const).map((type) => makeKey(directory, `stranger-${type}`, { type })))
})
afterAll(async () => {
  await hosts.stop()
  await rm(directory, { recursive: true, force: true })
})

function generate(seed: number): { text: string; alias: string | undefined } {
  const { one, chance, below } = random(seed)
  const { port } = host
  const alias = chance(0.15) ? 'The-Alias' : undefined
  const name = alias ? 'the-alias' : `[127.0.0.1]:${port}`
  const salt = Buffer.from(String(seed).padStart(20, 's'))
  const hash = (text: string) => hashHostName(text, salt)
  const hostField = () =>
    one([
      () => name,
      () => name,
      () => name.toUpperCase(),
      () => hash(name),
      () => hash('other'),
      () => hash('127.0.0.1'),
      () => `${hash(name)},${name}`,
      () => '127.0.0.1',
      () => 'other.example.org',
      () => `other.example.org,${name}`,
      () => `${name},!other`,
      () => `!${name},*`,
      () => `*,!${name}`,
      () => '!127.0.0.1,*',
      () => '*',
      () => '?',
      () => `[127.0.0.*]:${port}`,
      () => `[127.0.0.?]:${port}`,
      () => '[127.0.0.1]:*',
      () => '[*]:*',
      () => '127.0.0.*',
      () => `*:${port}`,
      () => `[127.0.0.1]:${port + 1}`,
      () => '[127.0.0.1]:22',
      () => 'the-*',
      () => `|1|broken|${name}`,
      () => `,${name},`,
    ])()
  const key = () => one([...host.hostKeys, ...host.hostKeys, ...strangers])
  const keyField = () => {
    const { line } = key()
    const [type = '', data = ''] = line.split(' ')
    const gap = one([' ', ' ', '\t', '  '])
    return one([
      () => `${type}${gap}${data}`,
      () => `${type}${gap}${data}`,
      () => `${type}${gap}${data}`,
      () => `${type} ${data} a comment # here`,
      () => `${type} ${data.slice(0, -8)}`,
      () => `${type} ${data.slice(0, 30)} ${data.slice(30)}`,
      () => `ssh-ed25519 ${data}`,
      () => `2048 35 12345`,
      () => type,
    ])()
  }
  const line = () =>
    one([
      () => '',
      () => '# a comment',
      () => `#${name} ${host.hostKeys[0]?.line}`,
      () => 'not a line',
      ...Array.from({ length: 12 }, () => () => {
        const marker = one(['', '', '', '', '', '', '@revoked ', '@revoked  ', '@cert-authority ', '@other '])
        return `${one(['', '', '', ' ', '\t'])}${marker}${hostField()}${one([' ', '\t', '   '])}${keyField()}${one(['', '', '', ' ', ' end'])}`
      }),
    ])()
  const lines = Array.from({ length: 1 + below(5) }, line)
  const end = one(['\n', '\n', '\r\n'])
  return { text: lines.join(end) + (chance(0.2) ? '' : end), alias }
}

describe('known_hosts files', () => {
  it(`get the verdict that ssh gives (HKV-03, ${files} generated files)`, { timeout: 300_000 }, async () => {
    const verdicts: { seed: number; ssh: boolean; ours: boolean; text: string; code: string }[] = []
    const judge = async (seed: number) => {
      const { text, alias } = generate(seed)
      const file = join(directory, `known-${seed}`)
      await writeFile(file, text)
      const options = [`Port ${host.port}`, `User ${host.user}`, `IdentityFile ${host.key}`, 'IdentitiesOnly yes', 'IdentityAgent none']
      options.push('GlobalKnownHostsFile /dev/null', `UserKnownHostsFile ${file}`, 'StrictHostKeyChecking yes', 'UpdateHostKeys no')
      if (alias) options.push(`HostKeyAlias ${alias}`)
      const config = join(directory, `config-${seed}`)
      await writeFile(config, `${options.join('\n')}\n`)
      const ssh = await runCommand(['ssh', '-F', config, '-o', 'BatchMode=yes', '127.0.0.1', 'echo', 'in'])
      const pool = createSshPool({ configFile: config })
      const ours = await run(pool.executor({ host: '127.0.0.1', directory }), ['echo', 'in']).catch((error: unknown) => error)
      await pool.close()
      const code = isDragonfabError(ours) ? ours.code : ''
      // Nothing but the host key may be the reason.
      if (ssh.status !== 0) expect(ssh.stderr).toMatch(/Host key verification failed/)
      if (code) expect(code).toMatch(/^HOST_KEY_/)
      else expect(ours).toMatchObject({ text: 'in\n' })
      verdicts.push({ seed, ssh: ssh.status === 0, ours: code === '', text, code })
    }
    const seeds = Array.from({ length: files }, (_, index) => index + 1)
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let seed = seeds.shift(); seed; seed = seeds.shift()) await judge(seed)
      }),
    )
    expect(verdicts.filter((each) => each.ssh !== each.ours)).toEqual([])
    // A generator that only makes refusals would show nothing.
    const codes = verdicts.map((each) => each.code)
    expect(codes.filter((code) => code === '').length).toBeGreaterThan(20)
    for (const code of ['HOST_KEY_UNKNOWN', 'HOST_KEY_CHANGED', 'HOST_KEY_REVOKED', 'HOST_KEY_AUTHORITY']) expect(codes).toContain(code)
  })
})
