import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { findFreePort, mustRun, type Supervisord, startCommand, startSupervisord, waitUntil, workspaceRoot } from '@dragonfab/test-kit'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { AcceptanceProject } from '../src/project.ts'
import { createStand, type TestStand } from '../src/test-stand.ts'

const page = readFileSync(join(workspaceRoot, 'docs/twelve-factors.md'), 'utf8')
/** The files of the page, by the number of their factor. */
const files = new Map(
  page.split(/^## /m).flatMap((part) => {
    const [, number, , text] = /^(\d+)\. ([^\n]*)[\s\S]*?^```yaml deploy\.yml\n([\s\S]*?)^```$/m.exec(part) ?? []
    return number && text ? [[Number(number), text] as const] : []
  }),
)
const program = (path: string): string => `[program:shop]\ncommand=/bin/sleep 600\ndirectory=${path}/current\n`

let on: TestStand
/** Where the hosts' applications lie: `<folder>/<host>/shop/…`. */
let folder: string
const daemons: Supervisord[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dragonfab-factors-'))
  on = await createStand({
    hosts: 3,
    repository: {
      files: 5,
      content: {
        'production-requirements.txt': '# nothing yet\n',
        'configs/supervisor_web.conf': program(join(folder, 'web1/shop')),
        'bin/fix-orders': { content: '#!/bin/sh\npwd -P\n', mode: 0o755 },
        'manage.py': { content: '#!/bin/sh\necho "$PWD $*"\n', mode: 0o755 },
      },
    },
  })
  chownSync(folder, on.user.uid, on.user.gid)
})
afterEach(async () => {
  await Promise.all(daemons.splice(0).map((each) => each.stop()))
  rmSync(join(folder, 'supervisord'), { recursive: true, force: true })
})
afterAll(async () => {
  await on?.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** The file of a factor, for the hosts of this test: another place for `/srv`, the repository, and who logs in. */
async function shop(factor: number, more = ''): Promise<AcceptanceProject> {
  const text = files.get(factor) ?? ''
  const made = await on.app()
  rmSync(join(made.directory, 'dragonfab.config.json'))
  const own = text.replace('path: /srv/', `path: ${folder}/%(host)s/`).replace('git@git.example.org:owner/shop.git', on.url)
  await made.write('deploy.yml', `${own}sudo_user: ${on.user.name}\n${more}`)
  return made
}

function put(path: string, files: Readonly<Record<string, string>>): Promise<void> {
  return on.put(path, Object.fromEntries(Object.entries(files).map(([name, text]) => [`shared/${name}`, text])))
}

async function release(of: AcceptanceProject, ...args: readonly string[]): Promise<string> {
  const result = await of.run(['release', '-s', 'production', ...args])
  expect(result.status, result.stdout + result.stderr).toBe(0)
  return result.stdout + result.stderr
}

const current = (place: string, name = ''): string => join(folder, place, 'current', name)
const linked = (place: string, name: string): string => readlinkSync(current(place, name))

/** A supervisord for each place, found by the name of host and role. */
async function supervised(...places: readonly string[]): Promise<string> {
  for (const place of places) {
    const directory = join(folder, 'supervisord', place)
    mkdirSync(directory, { recursive: true })
    daemons.push(await startSupervisord({ directory, user: on.user }))
    chownSync(directory, on.user.uid, on.user.gid)
  }
  const at = join(folder, 'supervisord/%(host)s/%(role)s')
  return `supervisor_command: supervisorctl -c ${at}/supervisord.conf\nsupervisor_target: ${at}/conf.d/shop.conf\nsupervisorctl_watch: 1\n`
}

describe('the files of the page on the twelve factors are released as they stand there', () => {
  test('all of them are tested here', () => {
    expect([...files.keys()]).toEqual([1, 2, 3, 5, 6, 8, 9, 10])
  })

  test('1: one codebase, three roles, two of them on one machine', async () => {
    const made = await shop(1, await supervised('web1/web', 'web2/web', 'web3/worker/worker', 'web3/cron/cron'))
    const places = { 'web1/shop/web': 'web', 'web2/shop/web': 'web', 'web3/worker/shop/worker': 'worker', 'web3/cron/shop/cron': 'cron' }
    for (const [place, role] of Object.entries(places))
      await put(join(folder, place), { [`configs/supervisor_production_${role}.conf`]: program(join(folder, place)) })
    await release(made)
    for (const [place, role] of Object.entries(places))
      expect(linked(place, `configs/supervisor_production_${role}.conf`)).toBe(
        join(folder, place, `shared/configs/supervisor_production_${role}.conf`),
      )
    for (const daemon of daemons) expect(await daemon.pid('shop')).toBeDefined()
  })

  test('2: a virtualenv in each release', async () => {
    // Its newest version comes from an index, which a test has not.
    await release(await shop(2, 'virtualenv_pip_upgrade: false\n'))
    expect(existsSync(current('web1/shop', 'venv/bin/python'))).toBe(true)
  })

  test('3: a linked file with secrets, named alone', async () => {
    for (const place of ['web1/shop', 'web2/shop']) await put(join(folder, place), { 'app/settings/production.py': 'KEY = 1\n' })
    await release(await shop(3))
    expect(readFileSync(current('web2/shop', 'app/settings/production.py'), 'utf8')).toBe('KEY = 1\n')
  })

  test('5: an archive that was built elsewhere, and its install.sh', async () => {
    const source = mkdtempSync(join(tmpdir(), 'dragonfab-archive-'))
    writeFileSync(join(source, 'install.sh'), '#!/bin/sh\nset -e\ntest -f code.py\necho installed >INSTALLED\n', { mode: 0o755 })
    writeFileSync(join(source, 'code.py'), 'print()\n')
    await mustRun(['tar', '-czf', join(source, 'shop.tgz'), '-C', source, 'install.sh', 'code.py'])
    const server = await serve((_, response) => response.end(readFileSync(join(source, 'shop.tgz'))))
    try {
      await release(await shop(5), '--curl-url', `http://127.0.0.1:${portOf(server)}/shop-1.4.tgz`)
      for (const place of ['web1/shop', 'web2/shop']) expect(readFileSync(current(place, 'INSTALLED'), 'utf8')).toBe('installed\n')
    } finally {
      server.close()
      rmSync(source, { recursive: true })
    }
  })

  test('6: logs that need not be there, and a folder for files', async () => {
    const said = await release(await shop(6))
    expect(said).toContain('log/audio-transcoding.log')
    writeFileSync(current('web1/shop', 'log/image-compress.log'), 'a line\n')
    expect(readFileSync(join(folder, 'web1/shop/shared/log/image-compress.log'), 'utf8')).toBe('a line\n')
    expect(linked('web1/shop', 'media')).toBe(join(folder, 'web1/shop/shared/media'))
  })

  test('8: three hosts', async () => {
    await release(await shop(8))
    const live = ['web1', 'web2', 'web3'].map((host) => readlinkSync(join(folder, host, 'shop/current')))
    expect(new Set(live).size).toBe(1)
  })

  test('9: a process manager, which is believed only when the program stays up', async () => {
    const made = await shop(9, await supervised('web1/web'))
    await release(made)
    expect(readlinkSync(`/proc/${await daemons.at(-1)?.pid('shop')}/cwd`)).toMatch(/web1\/shop\/releases\/\d{6}-\d{6}/)
  })

  test('10: the same code, other files', async () => {
    const made = await shop(10)
    for (const [place, stage] of [
      ['web1/shop/production', 'production'],
      ['web2/shop/production', 'production'],
      ['web3/shop/staging', 'staging'],
    ] as const)
      await put(join(folder, place), { [`app/settings/${stage}.py`]: `STAGE = '${stage}'\n` })
    await release(made)
    expect((await made.run(['release', '-s', 'staging'])).status).toBe(0)
    expect(readFileSync(current('web3/shop/staging', 'app/settings/staging.py'), 'utf8')).toBe("STAGE = 'staging'\n")
    expect(existsSync(current('web1/shop/production', 'app/settings/staging.py'))).toBe(false)
  })
})

describe('the commands of the page on admin processes', () => {
  const words = [...page.matchAll(/^\$ dragonfab (once .*)$/gm)].map(([, line = '']) =>
    [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? ''),
  )

  test('12: one in what is live, one in a release of its own that is gone afterwards', async () => {
    const made = await shop(1)
    await on.repository.git('push', '--quiet', on.repository.path, 'HEAD:refs/heads/fix-orders')
    const [inLive, ofItsOwn, ...more] = await Promise.all(words.map((line) => made.run(line)))
    expect(more).toEqual([])
    expect(inLive).toMatchObject({ status: 0, stdout: `${join(folder, 'web1/shop/web/current')} migrate --plan\n` })
    expect(ofItsOwn?.status, ofItsOwn?.stderr).toBe(0)
    const place = ofItsOwn?.stdout.trim() ?? ''
    expect(dirname(place)).toBe(join(folder, 'web3/worker/shop/worker/releases'))
    expect(existsSync(place)).toBe(false)
    expect(current('web3/worker/shop/worker')).not.toBe(place)
  })
})

describe('nginx in front of several hosts', () => {
  test('takes the page’s lines, and shares requests out', async () => {
    const place = mkdtempSync(join(tmpdir(), 'dragonfab-nginx-'))
    await mustRun(['apt-get', 'download', '-q', 'nginx'], { cwd: place, timeoutMs: 120_000 })
    await mustRun(['sh', '-c', 'dpkg-deb -x nginx_*.deb .'], { cwd: place })
    const apps = await Promise.all(['web1', 'web2', 'web3'].map((name) => serve((_, response) => response.end(name))))
    const port = await findFreePort()
    const [, text = ''] = /^```nginx\n([\s\S]*?)^```$/m.exec(page) ?? []
    const own = apps.reduce((lines, app, index) => lines.replace(`web${index + 1}:8080`, `127.0.0.1:${portOf(app)}`), text)
    const listening = own.replace('listen 80;', `listen 127.0.0.1:${port};`)
    expect(listening).not.toMatch(/8080|listen 80/)
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${place}/${name};`).join(' ')
    writeFileSync(
      join(place, 'nginx.conf'),
      `pid ${place}/pid; error_log ${place}/error.log; events {} http { access_log off; ${temporary}\n${listening}\n}\n`,
    )
    const nginx = startCommand([
      join(place, 'usr/sbin/nginx'),
      '-e',
      `${place}/error.log`,
      '-c',
      join(place, 'nginx.conf'),
      '-g',
      'daemon off;',
    ])
    try {
      const ask = () => fetch(`http://127.0.0.1:${port}/`, { headers: { host: 'example.org' } }).then((answer) => answer.text())
      await waitUntil('nginx', () => ask().then(Boolean, () => false))
      const answers = new Set<string>()
      for (let count = 0; count < 6; count++) answers.add(await ask())
      expect([...answers].sort()).toEqual(['web1', 'web2', 'web3'])
    } finally {
      nginx.kill('SIGTERM')
      await nginx.result
      for (const app of apps) app.close()
      rmSync(place, { recursive: true, force: true })
    }
  })
})

function serve(answer: Parameters<typeof createServer>[1] & object): Promise<Server> {
  const server = createServer(answer)
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port
