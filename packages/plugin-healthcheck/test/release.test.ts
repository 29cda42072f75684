import { mkdirSync, readFileSync, realpathSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type CliProject, createCliProject, findFreePort, type SshHosts, startSshHosts } from '@dragonfab/test-kit'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { service } from './service.ts'

let hosts: SshHosts
let shop: CliProject
let web: Awaited<ReturnType<typeof service>>

beforeAll(async () => {
  hosts = await startSshHosts(2)
  web = await service(() => Object.fromEntries(hosts.hosts.map(({ name }) => [name, shop.path(name)])))
})
afterEach(() => shop?.remove())
afterAll(async () => {
  await Promise.all([web?.stop(), hosts?.stop()])
})

/** What a release ships is what the service answers: `--set vars.answer=…`. A restart is written down, so that its order can be seen. */
async function project(checks: string, more = ''): Promise<void> {
  shop = await createCliProject(hosts)
  const list = hosts.hosts.map(({ name }) => `{ name: '${name}', path: '${shop.path(name)}' }`)
  await shop.write(
    'dragonfab.config.ts',
    `import healthcheck from '@dragonfab/plugin-healthcheck'
import { defineConfig, secret } from 'dragonfab'
void secret
export default defineConfig({
  appName: 'shop',
  vars: { answer: '200 fine', bad: 'none' },
  plugins: [healthcheck({ retries: 1, checks: [${checks}] })],
  hooks: {
    'deploy.updating': ({ env, sh }) =>
      sh\`printf '%s\\n' \${env.vars.bad === env.host ? '500\\nInternal <Error>' : env.vars.answer.replace(' ', '\\n')} >\${env.releasePath}/answer\`,
    'deploy.published': ({ env, sh }) => sh\`readlink \${env.currentPath} >>\${env.sharedPath}/restarts\`,
  },
  environments: { test: { hosts: [${list.join(', ')}] } },
  ${more}
})
`,
  )
}

const end = (stdout: string) => JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
const events = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
const live = (host: string) => basename(realpathSync(join(shop.path(host), 'current')))
const all = () => hosts.hosts.map(({ name }) => live(name))

describe.each(['host', 'local'] as const)('asked from %s', (from) => {
  const http = (more = '') => `{ http: '${web.url}/%(host)s', target: '${from}'${more} }`

  test('a release that answers 500 on one host is put back on all, with what was expected and what came', async () => {
    await project(http())
    const first = await shop.run('test', 'release')
    expect(first.status, first.stdout + first.stderr).toBe(0)
    const before = all()
    const { status, stdout } = await shop.run('test', 'release', '--set', 'vars.bad=web2', '--json')
    expect(status).toBe(3)
    expect(all()).toEqual(before)
    for (const { name } of hosts.hosts) expect(readFileSync(join(shop.path(name), 'current/answer'), 'utf8')).toBe('200\nfine\n')
    const { problems } = end(stdout)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatchObject({
      code: 'HEALTHCHECK_FAILED',
      host: 'web2',
      message: `${web.url}/web2 should answer 2xx, but answered 500: Internal <Error> (tried 2 times)`,
    })
    // It was asked after the restart, and once more on the way back, where all was well again.
    const signals = events(stdout).filter(({ type, plugin }) => type === 'step:end' && plugin === 'healthcheck')
    expect(
      signals
        .filter(({ undoing, ok }) => undoing && ok)
        .map(({ target }) => target.name)
        .sort(),
    ).toEqual(['web1', 'web2'])
    expect(
      readFileSync(join(shop.path('web2'), 'shared/restarts'), 'utf8')
        .trim()
        .split('\n'),
    ).toHaveLength(3)
  })

  test('on the way back a failure is a warning; after a first release nothing is asked there', async () => {
    await project(http())
    const first = await shop.run('test', 'release', '--set', 'vars.bad=web1', '--json')
    expect(first.status).toBe(3)
    expect(events(first.stdout).filter(({ type, warned }) => type === 'step:end' && warned)).toEqual([])
    // One that was fit when it was released, and is not any more.
    expect((await shop.run('test', 'release')).status).toBe(0)
    const before = all()
    const strict = JSON.stringify([{ http: `${web.url}/%(host)s`, target: from, status: 299 }])
    const { status, stdout } = await shop.run(
      'test',
      'release',
      '--set',
      `healthcheck.checks=${strict}`,
      '--set',
      'healthcheck.retries=0',
      '--json',
    )
    expect(status).toBe(3)
    expect(all()).toEqual(before)
    const ended = events(stdout).filter(({ type, plugin }) => type === 'step:end' && plugin === 'healthcheck')
    expect(ended.map(({ target, undoing, warned }) => [target.name, undoing, warned]).sort()).toEqual([
      ['web1', false, false],
      ['web1', true, true],
      ['web2', false, false],
      ['web2', true, true],
    ])
    expect(end(stdout).problems).toHaveLength(2)
  })

  test('status, text, a line that matches, headers with a secret and the Host header', async () => {
    await project(
      http(
        `, status: [201, 204], contains: "it's \\"fine\\"", matches: '^it.s .*[0-9]+$', host: 'shop.example.org', headers: { 'X-Token': secret.env('TOKEN') }`,
      ),
    )
    const run = (answer: string) =>
      shop.run('test', 'release', '--set', `vars.answer=${answer}`, '--set', 'healthcheck.retries=0', '--json')
    process.env.TOKEN = 'canary-%"\\ 7'
    try {
      web.asked.length = 0
      const good = await run('201 it\'s "fine" 42')
      expect(good.status, good.stdout).toBe(0)
      expect(web.asked.map(({ headers }) => [headers.host, headers['x-token']])).toEqual([
        ['shop.example.org', 'canary-%"\\ 7'],
        ['shop.example.org', 'canary-%"\\ 7'],
      ])
      for (const [answer, came] of [
        ['200 it\'s "fine" 42', 'answered 200'],
        ['201 its fine 42', 'answered 201: its fine 42'],
        ['201 it\'s "fine"', 'answered 201: it'],
        ['201 it\'s "fine" canary-%"\\ 7 !', '[secret]'],
      ] as const) {
        const bad = await run(answer)
        expect(bad.status, answer).toBe(3)
        expect(end(bad.stdout).problems[0].message).toContain(came)
        expect(JSON.stringify(events(bad.stdout).filter(({ type }) => type !== 'run:start'))).not.toContain('canary')
      }
    } finally {
      delete process.env.TOKEN
    }
  })

  test('a service that hangs, one that is not there, a port, a command', async () => {
    const port = await findFreePort('127.0.0.1')
    const one = async (check: string) => {
      await shop?.remove()
      await project(check)
      mkdirSync(join(shop.path('web1'), 'current'), { recursive: true })
      const { status, stdout } = await shop.run('test', 'healthcheck', '--set', 'healthcheck.retries=0', '--host', 'web1', '--json')
      return [status, ...end(stdout).problems.map(({ code, message }: { code: string; message: string }) => `${code} ${message}`)]
    }
    const [status, hangs] = await one(`{ http: '${web.url}/%(host)s/hang', timeout: 1, target: '${from}' }`)
    expect(status).toBe(1)
    expect(hangs).toMatch(/^HEALTHCHECK_FAILED .*\/web1\/hang should answer 2xx, but did not: /)
    expect((await one(`{ http: 'http://127.0.0.1:${port}/', target: '${from}' }`))[1]).toMatch(/did not: .*(refused|connect)/i)
    expect((await one(`{ tcp: '127.0.0.1:${port}', target: '${from}' }`))[1]).toMatch(
      /should accept connections, but (does|did) not: .*(refused|111)/i,
    )
    expect(await one(`{ tcp: '127.0.0.1:${web.port}', target: '${from}' }`)).toEqual([0])
    expect((await one(`{ command: 'echo out of order; exit 7', target: '${from}' }`))[1]).toBe(
      'HEALTHCHECK_FAILED echo out of order; exit 7 should exit with status 0, but exited with 7: out of order',
    )
    expect(await one(`{ command: 'true', target: '${from}' }`)).toEqual([0])
  })
})

test('several checks, in a rollback and a restart too; a service that takes its time is asked again; status tells', async () => {
  await project(`'${web.url}/%(host)s', 'tcp://127.0.0.1:${web.port}', { command: 'grep -q fine answer' }`)
  for (let count = 0; count < 2; count++) expect((await shop.run('test', 'release')).status).toBe(0)
  web.asked.length = 0
  const back = await shop.run('test', 'rollback', '--json')
  expect(back.status, back.stdout).toBe(0)
  expect(web.asked).toHaveLength(2)
  expect((await shop.run('test', 'restart')).status).toBe(0)
  expect(web.asked).toHaveLength(4)
  const status = await shop.run('test', 'status')
  expect(status.stdout).toMatch(/health +http:\/\/127\.0\.0\.1:\d+\/web1 answered 200/)
  expect(status.stdout).toMatch(/health +127\.0\.0\.1:\d+ accepts connections/)
  expect(status.stdout).toMatch(/health +grep -q fine answer succeeded/)
  const check = await shop.run('test', 'check')
  expect(check.status, check.stdout + check.stderr).toBe(0)
})

test('what is no check, and no checks', async () => {
  await project(`{ http: 'ftp://x' }, { tcp: 'x' } , { http: 'http://u:p@x/' }, { http: '${web.url}', status: 'ok' }`)
  const { status, stderr, stdout } = await shop.run('test', 'healthcheck')
  expect(status).toBe(2)
  for (const place of ['checks[0]', 'checks[1]', 'checks[2]', 'checks[3]']) expect(stderr + stdout).toContain(place)
  await project('')
  const none = await shop.run('test', 'healthcheck')
  expect([none.status, none.stderr + none.stdout]).toEqual([2, expect.stringContaining('HEALTHCHECK_NONE')])
  expect((await shop.run('test', 'release')).status).toBe(0)
})
