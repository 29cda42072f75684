import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { findFreePort, makeKey } from '@dragonfab/test-kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { endOf } from '../../src/events.ts'
import { liveOrNone } from '../../src/expect-released.ts'
import { type AcceptanceProject, createProject } from '../../src/project.ts'
import { createStand, type TestStand } from '../../src/test-stand.ts'

// SSH-03 and SSH-01, as a user meets them: one clear line for each host, all of them in one run, within limits, and nothing changed anywhere.
let on: TestStand
let shop: AcceptanceProject
const servers: Server[] = []
const timers: NodeJS.Timeout[] = []

async function server(talk: (socket: Socket) => void): Promise<number> {
  const made = createServer((socket) => {
    socket.on('error', () => undefined)
    talk(socket)
  })
  servers.push(made)
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve))
  return (made.address() as { port: number }).port
}

const faults: readonly (readonly [name: string, code: RegExp, says: RegExp])[] = [
  ['refused', /^SSH_REFUSED$/, /ECONNREFUSED/],
  ['unresolved', /^SSH_DNS$/, /no-such-host\.invalid/],
  ['silent', /^SSH_TIMEOUT$/, /./],
  ['tarpit', /^SSH_(NOT_SSH|TIMEOUT)$/, /./],
  ['halfway', /^SSH_TIMEOUT$/, /./],
  ['garbage', /^SSH_NOT_SSH$/, /./],
  ['http', /^SSH_NOT_SSH$/, /400 Bad Request/],
  ['stranger', /^SSH_AUTH$/, /nobody-here/],
  ['key', /^SSH_AUTH$/, /other-key/],
  ['keyless', /^SSH_NO_KEY$/, /no-agent/],
  ['encrypted', /^SSH_KEY_ENCRYPTED$/, /locked/],
  ['unknown', /^SSH_HOST_KEY|^HOST_KEY|KEY/, /known/],
]

beforeAll(async () => {
  on = await createStand({ hosts: 1, repository: { files: 3 } })
  const host = on.cluster.hosts[0]
  if (!host) throw new Error('no host')
  const { directory, knownHosts } = on.cluster
  const [other, locked] = await Promise.all([makeKey(directory, 'other-key'), makeKey(directory, 'locked', { passphrase: 'secret' })])
  const tarpit = (socket: Socket) => void timers.push(setInterval(() => socket.write('x'), 100))
  const ports = {
    silent: await server(() => undefined),
    tarpit: await server(tarpit),
    halfway: await server((socket) => socket.write('SSH-2.0-Halfway\r\n')),
    garbage: await server((socket) => socket.end(Buffer.from(Array.from({ length: 40_000 }, (_, index) => (index * 7919) & 0xff)))),
    http: await server((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n\x1b[31m\x1b]0;title\x07')),
    refused: await findFreePort(),
  }
  const section = (name: string, lines: readonly string[]) => `Host ${name}\n${lines.map((line) => `  ${line}\n`).join('')}`
  const real = [
    `HostName ${host.address}`,
    `Port ${host.port}`,
    'IdentitiesOnly yes',
    'StrictHostKeyChecking yes',
    'GlobalKnownHostsFile /dev/null',
  ]
  const known = `UserKnownHostsFile ${knownHosts}`
  const config = [
    ...Object.entries(ports).map(([name, port]) => section(name, ['HostName 127.0.0.1', `Port ${port}`, 'User x', 'IdentityAgent none'])),
    section('unresolved', ['HostName no-such-host.invalid']),
    section('stranger', [...real, known, 'User nobody-here', `IdentityFile ${host.key}`, 'IdentityAgent none']),
    section('key', [...real, known, `User ${host.user}`, `IdentityFile ${other.file}`, 'IdentityAgent none']),
    section('keyless', [...real, known, `User ${host.user}`, `IdentityFile ${directory}/no-key`, `IdentityAgent ${directory}/no-agent`]),
    section('encrypted', [...real, known, `User ${host.user}`, `IdentityFile ${locked.file}`, 'IdentityAgent none']),
    section('unknown', [...real, `UserKnownHostsFile ${directory}/nothing-known`, `User ${host.user}`, `IdentityFile ${host.key}`]),
    'Host *\n  ConnectTimeout 4\n',
    readFileSync(on.cluster.sshConfig, 'utf8'),
  ]
  const sshConfig = join(directory, 'ssh_config-faults')
  await writeFile(sshConfig, config.join('\n'))
  shop = await createProject(on.cluster, { name: 'faults', sshConfig })
  const path = join(host.root, 'faults')
  await shop.json({
    plugins: ['git'],
    git: { repo: on.url, branch: 'main' },
    environments: {
      production: { hosts: [{ name: 'web1', path }, ...faults.map(([name]) => ({ name, path }))] },
      ...Object.fromEntries(faults.map(([name]) => [`only-${name}`, { hosts: [{ name, path }] }])),
    },
  })
})
afterAll(async () => {
  for (const timer of timers) clearInterval(timer)
  for (const each of servers) each.close()
  await on?.stop()
  await shop?.remove()
})

test('every host that cannot be used is told in one run, with its reason; the good one is left as it was', async () => {
  const result = await shop.run(['production', 'deploy', '--json'], { timeoutMs: 60_000 })
  expect(result.status, result.stdout.slice(-3000) + result.stderr).toBe(1)
  const { problems } = endOf(result)
  for (const [name, code, says] of faults) {
    const own = problems.filter(({ host }) => host === name)
    expect(
      own.map((problem) => problem.code),
      name,
    ).toEqual([expect.stringMatching(code)])
    expect([own[0]?.message, own[0]?.cause, own[0]?.remedy].join('\n'), name).toMatch(says)
    expect(own[0]?.remedy, name).toBeTruthy()
  }
  expect(problems.filter(({ host }) => host === 'web1')).toEqual([])
  expect(liveOrNone(shop.path('web1').replace(/[^/]+$/, 'faults'))).toBeUndefined()
  expect(result.stdout + result.stderr).not.toMatch(/\n\s+at .*:\d+:\d+/)
})

test('people read one line for each, without a stack or a control character', async () => {
  const result = await shop.run(['production', 'deploy'], { timeoutMs: 60_000 })
  expect(result.status).toBe(1)
  for (const [name] of faults) expect(result.stderr, name).toMatch(new RegExp(`✖ ${name}\\b`))
  expect(result.stdout + result.stderr).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/)
  expect(result.stdout + result.stderr).not.toMatch(/\n\s+at .*:\d+:\d+/)
})
