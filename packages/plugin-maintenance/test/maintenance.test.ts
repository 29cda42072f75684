import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { chown } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { type CliProject, createCliProject, type SshHosts, startSshHosts } from '@dragonfab/test-kit'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Kind, type WebServer, webServer } from './web-server.ts'

let hosts: SshHosts
const made: (() => Promise<void>)[] = []

beforeAll(async () => {
  hosts = await startSshHosts(2)
})
afterAll(() => hosts?.stop())
afterEach(async () => {
  for (const remove of made.splice(0).reverse()) await remove()
})

async function project(config: string | object, name = 'shop'): Promise<CliProject> {
  const one = await createCliProject(hosts)
  made.push(one.remove)
  if (typeof config === 'object') await one.config({ appName: name, plugins: ['maintenance'], stateDir: '%(path)s/.dragonfab', ...config })
  else await one.write('dragonfab.config.mjs', config)
  return one
}

/** A project with tasks of its own: `works`, and `breaks`, which fails on web2. */
function configured(
  one: { path(host?: string): string },
  parts: { readonly sequence: readonly unknown[]; readonly set?: string; readonly tasks?: string },
): string {
  const list = hosts.hosts.map(({ name }) => JSON.stringify({ name, path: one.path(name) })).join(', ')
  return `import maintenance from '@dragonfab/plugin-maintenance'
import { defineConfig } from 'dragonfab'
export default defineConfig({
  appName: 'shop',
  stateDir: '%(path)s/.dragonfab',
  plugins: [maintenance(${parts.set ?? ''})],
  environments: { test: { hosts: [${list}], sequence: ${JSON.stringify(parts.sequence)} } },
  tasks: {
    works: { summary: 'Works', run: ({ env, sh }) => sh\`[ -e \${env.path}/maintenance/on ] && echo closed || echo open\` },
    breaks: { summary: 'Fails', run: ({ env, sh }) => sh\`[ \${env.host} != web2 ]\` },
    ${parts.tasks ?? ''}
  },
})
`
}

async function withSequence(parts: Parameters<typeof configured>[1]): Promise<CliProject> {
  const one = await createCliProject(hosts)
  made.push(one.remove)
  await one.write('dragonfab.config.mjs', configured(one, parts))
  for (const { name } of hosts.hosts) clear(one, name)
  return one
}

const flags = (one: CliProject): boolean[] => hosts.hosts.map(({ name }) => existsSync(join(one.path(name), 'maintenance/on')))
function clear(one: CliProject, name: string): void {
  rmSync(join(one.path(name), 'maintenance'), { recursive: true, force: true })
}

describe.each(['nginx', 'apache'] as const)('with %s as the README configures it', (kind: Kind) => {
  let server: WebServer

  test('visitors see the site, then the splash page with 503, then the site', async () => {
    const shop = await project({})
    const place = join(shop.path(), 'current/public')
    mkdirSync(join(place, 'deep'), { recursive: true })
    for (const folder of ['', 'current', 'current/public']) await chown(join(shop.path(), folder), hosts.user.uid, hosts.user.gid)
    for (const file of ['index.html', 'deep/page.html']) writeFileSync(join(place, file), 'the shop')
    server = await webServer(kind, shop.path())
    made.push(server.stop)
    await shop.config({
      plugins: ['maintenance'],
      stateDir: '%(path)s/.dragonfab',
      maintenance: { message: 'Back <soon> & better', url: `${server.url}/` },
    })
    const look = async (path: string) => {
      const response = await fetch(`${server.url}${path}`)
      return {
        status: response.status,
        text: await response.text(),
        retry: response.headers.get('retry-after'),
      }
    }
    expect(await look('/deep/page.html')).toMatchObject({ status: 200, text: 'the shop' })

    const on = await shop.run('test', 'web_mode:maintenance', '--verbose')
    expect(on.status, on.stdout + on.stderr).toBe(0)
    expect(on.stdout).toContain('answers 503')
    for (const path of ['/', '/deep/page.html', '/none', '/maintenance']) {
      const seen = await look(path)
      expect({ path, ...seen }).toMatchObject({ path, status: 503, retry: '120' })
      expect(seen.text).toContain('Back &lt;soon&gt; &amp; better')
    }
    expect((await fetch(`${server.url}/`, { method: 'POST', body: 'x' })).status).toBe(503)
    const told = await shop.run('test', 'status')
    expect(told.stdout).toMatch(/maintenance on: \{"since":"\d{4}-.*"who":/)

    const off = await shop.run('test', 'web_mode:live')
    expect(off.status, off.stdout + off.stderr).toBe(0)
    expect(await look('/deep/page.html')).toMatchObject({ status: 200, text: 'the shop', retry: null })
  })
})

test('a page of the project is sent with what it needs; the page is there before the flag', async () => {
  const shop = await withSequence({ sequence: ['maintenance_on'], set: "{ page: 'splash' }" })
  mkdirSync(join(shop.directory, 'splash'))
  await shop.write('splash/index.html', 'ours')
  await shop.write('splash/logo.svg', '<svg/>')
  const done = await shop.run('test', 'deploy')
  expect(done.status, done.stdout + done.stderr).toBe(0)
  for (const { name } of hosts.hosts) {
    expect(readFileSync(join(shop.path(name), 'maintenance/page/index.html'), 'utf8')).toBe('ours')
    expect(existsSync(join(shop.path(name), 'maintenance/page/logo.svg'))).toBe(true)
  }
  expect(flags(shop)).toEqual([true, true])
})

describe('a site in maintenance', () => {
  test('is live again when a step of the run fails, on all hosts, as the last thing', async () => {
    const shop = await withSequence({ sequence: ['web_mode:maintenance', 'works', 'breaks', 'web_mode:live'] })
    const done = await shop.run('test', 'deploy')
    expect(done.status, done.stdout + done.stderr).toBe(1)
    expect(flags(shop)).toEqual([false, false])
    expect(done.stderr).toContain(
      '✔ done  web_mode:maintenance, works\n✖ failed  breaks\n· not begun  web_mode:live\n✔ done all the same  web_mode:live,back',
    )
    // The same by the words of the command line, and by the other names.
    const words = await shop.run('test', 'maintenance_on', 'breaks', 'maintenance_off')
    expect(words.status, words.stdout + words.stderr).toBe(1)
    expect(flags(shop)).toEqual([false, false])
  })

  test('stays when that is asked for, and when the sequence says so', async () => {
    const stays = await withSequence({ sequence: ['web_mode:maintenance', 'breaks', 'web_mode:live'], set: "{ onFailure: 'stay' }" })
    expect((await stays.run('test', 'deploy')).status).toBe(1)
    expect(flags(stays)).toEqual([true, true])
    const said = await withSequence({ sequence: ['maintenance_on', 'breaks', { onFailure: 'web_mode:maintenance' }] })
    expect((await said.run('test', 'deploy')).status).toBe(1)
    expect(flags(said)).toEqual([true, true])
  })

  test('stays where it was in maintenance before the run that fails', async () => {
    const shop = await withSequence({ sequence: ['web_mode:maintenance', 'breaks', 'web_mode:live'] })
    expect((await shop.run('test', 'web_mode:maintenance', '--host', 'web1')).status).toBe(0)
    const done = await shop.run('test', 'deploy', '--verbose')
    expect(done.status, done.stdout + done.stderr).toBe(1)
    expect(done.stdout).toContain('in maintenance before this run, so it was not ended')
    expect(flags(shop)).toEqual([true, false])
    const first = await withSequence({ sequence: ['breaks', 'web_mode:maintenance'] })
    writeFlag(first, 'web1')
    expect((await first.run('test', 'deploy')).status).toBe(1)
    expect(flags(first)).toEqual([true, false])
  })

  test('is not begun on one host alone: where the flag cannot be written, no host keeps it', async () => {
    const shop = await withSequence({ sequence: ['web_mode:maintenance'] })
    // A folder of root, in which the user may do nothing.
    mkdirSync(join(shop.path('web2'), 'maintenance/page'), { recursive: true })
    await chown(shop.path('web2'), hosts.user.uid, hosts.user.gid)
    const done = await shop.run('test', 'web_mode:maintenance', '--json')
    expect(done.status, done.stdout + done.stderr).toBe(1)
    expect(done.stdout).toContain('MAINTENANCE_UNWRITABLE')
    expect(flags(shop)).toEqual([false, false])
  })

  test('whose web server does not heed the flag fails the run, and is live again', async () => {
    const server = createServer((_, response) => response.end('still here')).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    made.push(async () => void server.close())
    const { port } = server.address() as { port: number }
    const shop = await withSequence({ sequence: ['web_mode:maintenance', 'works'], set: `{ url: 'http://127.0.0.1:${port}/' }` })
    const done = await shop.run('test', 'deploy', '--json')
    expect(done.status, done.stdout + done.stderr).toBe(1)
    expect(done.stdout).toContain('MAINTENANCE_NOT_SEEN')
    expect(flags(shop)).toEqual([false, false])
  })
})

test('a project’s own task of that name wins', async () => {
  const own = "web_mode: { summary: 'Ours', args: ['mode'], run: ({ args, sh }) => sh`echo ours: ${args.mode}` },"
  const shop = await withSequence({ sequence: ['web_mode:maintenance', 'web_mode:whatever'], tasks: own })
  const done = await shop.run('test', 'deploy', '--verbose')
  expect(done.status, done.stdout + done.stderr).toBe(0)
  expect(done.stdout).toMatch(/ours: maintenance[\s\S]*ours: whatever/)
  expect(flags(shop)).toEqual([false, false])
  const { tasks } = JSON.parse((await shop.run('list', '--json')).stdout)
  expect(tasks.find(({ name }: { name: string }) => name === 'web_mode')).toMatchObject({ plugin: 'config', summary: 'Ours' })
})

test('another mode than the two is refused before anything runs', async () => {
  const shop = await withSequence({ sequence: ['works'] })
  const done = await shop.run('test', 'web_mode:off')
  expect(done.status, done.stdout + done.stderr).toBe(2)
  expect(done.stderr).toContain('web_mode:maintenance or web_mode:live')
})

function writeFlag(one: CliProject, name: string): void {
  mkdirSync(join(one.path(name), 'maintenance'), { recursive: true })
  writeFileSync(join(one.path(name), 'maintenance/on'), '{}\n')
}
