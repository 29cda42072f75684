import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { chown } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type CliProject, createCliProject, type SshHosts, startSshHosts } from '@dragonfab/test-kit'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

const made: CliProject[] = []

afterEach(async () => {
  await Promise.all(made.splice(0).map((each) => each.remove()))
})

describe.each(['dash', 'bash', 'busybox'] as const)('on hosts whose sh is %s', (shell) => {
  let hosts: SshHosts
  beforeAll(async () => {
    hosts = await startSshHosts(2, { sh: shell })
  })
  afterAll(() => hosts?.stop())

  /** Where the administrator of a host keeps what is configured there. */
  const etc = (shop: CliProject, host?: string) => `${shop.path(host)}-etc`

  /** A project, with a source of its own on each host. */
  async function project(files: Readonly<Record<string, string>>, config: object, set: object = {}): Promise<CliProject> {
    const one = await createCliProject(hosts)
    made.push(one)
    for (const { name } of hosts.hosts) {
      mkdirSync(etc(one, name), { recursive: true })
      for (const [file, text] of Object.entries(files)) await put(join(etc(one, name), file), text)
    }
    await one.config({ plugins: ['localshared'], localshared: { source: '%(path)s-etc', ...set }, ...config })
    return one
  }

  async function put(file: string, text: string): Promise<void> {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    await chown(file, hosts.user.uid, hosts.user.gid)
  }

  test('the first release finds what the host holds, with its mode, on every host', async () => {
    const shop = await project(
      { "config/it's.yml": 'secret: 1\n', 'certificates/a.pem': 'pem\n', 'certificates/deep/b.pem': 'deep\n' },
      { linkedFiles: ["config/it's.yml"], linkedDirs: ['certificates'] },
    )
    for (const { name } of hosts.hosts) chmodSync(join(etc(shop, name), "config/it's.yml"), 0o600)
    const { status, stdout, stderr } = await shop.run('test', 'release', '--verbose')
    expect(status, stdout + stderr).toBe(0)
    for (const { name } of hosts.hosts) {
      const path = shop.path(name)
      expect(readFileSync(join(path, "current/config/it's.yml"), 'utf8')).toBe('secret: 1\n')
      expect(readFileSync(join(path, 'current/certificates/deep/b.pem'), 'utf8')).toBe('deep\n')
      expect(statSync(join(path, "shared/config/it's.yml")).mode & 0o777).toBe(0o600)
      expect(lstatSync(join(path, "shared/config/it's.yml")).isFile()).toBe(true)
      expect(existsSync(join(path, 'shared/.certificates.localshared'))).toBe(false)
    }
    expect(stdout).toContain("shared/config/it's.yml")
  })

  test('what is there stays, and a file that differs is told; with update it is replaced, told, and kept beside', async () => {
    const files = { 'settings.py': 'new\n', 'uploads/seed': 'seed\n', 'cache/seed': 'seed\n' }
    const shop = await project(files, { linkedFiles: ['settings.py'], linkedDirs: ['uploads', 'cache'] })
    const shared = join(shop.path(), 'shared')
    for (const [file, text] of Object.entries({ 'settings.py': 'old\n', 'uploads/own': 'own\n' })) await put(join(shared, file), text)
    // An earlier release made this one.
    mkdirSync(join(shared, 'cache'))
    for (const each of ['..', '.', 'uploads', 'cache']) await chown(join(shared, each), hosts.user.uid, hosts.user.gid)
    const kept = await shop.run('test', 'release', '--verbose')
    expect(kept.status, kept.stdout + kept.stderr).toBe(0)
    expect(kept.stdout + kept.stderr).toMatch(/not changed: .*shared\/settings\.py, which differs from/)
    expect(readFileSync(join(shared, 'settings.py'), 'utf8')).toBe('old\n')
    expect(existsSync(join(shared, 'uploads/seed'))).toBe(false)
    expect(readFileSync(join(shared, 'cache/seed'), 'utf8')).toBe('seed\n')

    const replaced = await shop.run('test', 'release', '--verbose', '--localshared-update')
    expect(replaced.status, replaced.stdout + replaced.stderr).toBe(0)
    expect(replaced.stdout + replaced.stderr).toMatch(/replaced: .*shared\/settings\.py/)
    expect(readFileSync(join(shared, 'settings.py'), 'utf8')).toBe('new\n')
    expect(readFileSync(join(shared, 'settings.py.before'), 'utf8')).toBe('old\n')
    expect(existsSync(join(shared, 'uploads/seed'))).toBe(false)
  })

  test('all that is missing in both is told at once, for every host, and nothing is released', async () => {
    const shop = await project(
      { 'there.yml': 'there\n' },
      { linkedFiles: ['there.yml', 'one.yml', 'two.yml', { path: 'log.txt', missing: 'link' }], linkedDirs: ['uploads'] },
    )
    const { status, stdout, stderr } = await shop.run('test', 'release', '--json')
    expect(status, stderr).toBe(1)
    const { problems } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
    expect(problems.map(({ code, host }: { code: string; host: string }) => [code, host]).sort()).toEqual([
      ['LOCALSHARED_MISSING', 'web1'],
      ['LOCALSHARED_MISSING', 'web2'],
    ])
    for (const file of ['one.yml', 'two.yml', 'log.txt', 'uploads']) expect(problems[0].cause).toContain(`-etc/${file}`)
    expect(existsSync(join(shop.path(), 'current'))).toBe(false)
  })

  test('what may be missing is told, and the release goes on; a rollback copies nothing', async () => {
    const shop = await project({}, { linkedFiles: [{ path: 'log.txt', missing: 'link' }], linkedDirs: ['uploads'] })
    for (let count = 0; count < 2; count++) {
      const { status, stdout, stderr } = await shop.run('test', 'release', '--verbose')
      expect(status, stdout + stderr).toBe(0)
      expect(stdout + stderr).toMatch(/missing: .*-etc\/log\.txt/)
    }
    await put(join(etc(shop), 'log.txt'), 'late\n')
    expect((await shop.run('test', 'rollback')).status).toBe(0)
    expect(existsSync(join(shop.path(), 'shared/log.txt'))).toBe(false)
  })
})

test('what the user may not read is an error that names it, with the names of a deployfile', async () => {
  const hosts = await startSshHosts(1)
  try {
    const shop = await createCliProject(hosts)
    made.push(shop)
    const source = `${shop.path()}-etc`
    mkdirSync(source)
    writeFileSync(join(source, 'key.pem'), 'root’s own\n', { mode: 0o600 })
    await shop.config({ plugins: ['localshared'], localshared_source: source, linked_files: ['key.pem'] })
    const { status, stdout } = await shop.run('test', 'release', '--json')
    expect(status).toBe(1)
    const [problem] = JSON.parse(stdout.trim().split('\n').at(-1) ?? '').problems
    expect(problem.code).toBe('LOCALSHARED_FAILED')
    expect(problem.message).toContain('key.pem')
  } finally {
    await hosts.stop()
  }
})
