import {
  chmodSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { type CliProject, type CommandResult, createCliProject, type SshHosts, startSshHosts } from '@dragonfab/test-kit'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

const projects: CliProject[] = []
afterEach(async () => {
  await Promise.all(projects.splice(0).map((each) => each.remove()))
})

/** The entries of a folder: contents of files, targets of links, `/` for folders. */
function tree(folder: string, subfolder = ''): Record<string, string> {
  if (!existsSync(folder)) return {}
  return Object.assign(
    {},
    ...readdirSync(join(folder, subfolder), { withFileTypes: true }).map((each) => {
      const path = subfolder ? `${subfolder}/${each.name}` : each.name
      if (each.isDirectory()) return { [path]: '/', ...tree(folder, path) }
      return { [path]: each.isSymbolicLink() ? `-> ${readlinkSync(join(folder, path))}` : readFileSync(join(folder, path), 'utf8') }
    }),
  )
}

const nasty = ["it's $(x) 100%", ' leading', 'back\\slash', 'back\\101', '-rf', 'ümlaut', 'quo"te', 'tab\tin', '*', 'long'.repeat(40)]

describe.each(['dash', 'busybox'] as const)('on hosts whose sh is %s', (shell) => {
  let hosts: SshHosts
  let shop: CliProject
  beforeAll(async () => {
    hosts = await startSshHosts(2, { sh: shell })
  })
  afterAll(() => hosts?.stop())

  const media = (where: 'web1' | 'web2') => join(shop.path(where), 'shared/media')
  const localMedia = () => join(shop.directory, 'data/shared/media')

  /** web1 is production, web2 staging. */
  async function project(data: object = {}): Promise<void> {
    shop = await createCliProject(hosts)
    projects.push(shop)
    const at = (name: string) => ({ hosts: [{ name, path: shop.path(name) }] })
    for (const { name } of hosts.hosts) own(shop.path(name))
    await shop.config({
      plugins: ['data'],
      stateDir: '%(path)s/.dragonfab',
      data: { dirs: ['shared/media'], ...data },
      environments: { production: at('web1'), staging: at('web2') },
    })
  }
  function own(path: string): void {
    if (!existsSync(dirname(path))) own(dirname(path))
    if (!existsSync(path)) mkdirSync(path)
    lchownSync(path, hosts.user.uid, hosts.user.gid)
  }
  function put(folder: string, files: Readonly<Record<string, string>>, seconds?: number): void {
    for (const [name, text] of Object.entries(files)) {
      const file = join(folder, name)
      own(dirname(file))
      if (text.startsWith('-> ')) symlinkSync(text.slice(3), file)
      else writeFileSync(file, text)
      lchownSync(file, hosts.user.uid, hosts.user.gid)
      if (seconds !== undefined && !text.startsWith('-> ')) utimesSync(file, seconds, seconds)
    }
  }
  async function runOk(...words: string[]): Promise<CommandResult> {
    const end = await shop.run(...words, '--verbose')
    expect(end.status, end.stdout + end.stderr).toBe(0)
    return end
  }

  test('pull copies everything once, then only differences; it reports local-only files, and deletes them if asked', async () => {
    await project()
    const all = {
      'a/b/c.txt': 'deep',
      'a/one.txt': 'one',
      link: '-> a/one.txt',
      dangling: '-> /nowhere at all',
      ...Object.fromEntries(nasty.map((name) => [`odd/${name}`, name])),
    }
    put(media('web1'), all, 1_700_000_000)
    own(join(media('web1'), 'empty'))
    chmodSync(join(media('web1'), 'a/one.txt'), 0o640)
    expect((await runOk('production', 'data.pull')).stdout).toMatch(/14 files copied .*, 0 files unchanged/)
    expect(tree(localMedia())).toEqual(tree(media('web1')))
    expect(statSync(join(localMedia(), 'a/one.txt'))).toMatchObject({ mtimeMs: 1_700_000_000_000 })
    expect(statSync(join(localMedia(), 'a/one.txt')).mode & 0o777).toBe(0o640)

    const before = lstatSync(join(localMedia(), 'a/b/c.txt')).ino
    put(media('web1'), { 'a/one.txt': 'two', 'new.txt': 'new' }, 1_700_000_100)
    rmSync(join(media('web1'), 'odd'), { recursive: true })
    const second = await runOk('production', 'data.pull')
    expect(second.stdout).toMatch(/2 files copied \(6 B\), 3 files unchanged, 11 only on this machine, kept/)
    expect(lstatSync(join(localMedia(), 'a/b/c.txt')).ino).toBe(before)
    expect(existsSync(join(localMedia(), 'odd/-rf'))).toBe(true)
    expect((await runOk('production', 'data.pull', '--delete')).stdout).toContain('11 deleted')
    expect(tree(localMedia())).toEqual(tree(media('web1')))
    expect(readdirSync(localMedia())).not.toContain('.dragonfab-data')
  })

  test('refresh copies from one environment to another through this machine, and leaves nothing on it', async () => {
    await project({ exclude: ['/cache', '*.tmp'] })
    put(media('web1'), { 'a/one.txt': 'one', 'cache/x': 'x', 'y.tmp': 'y', 'big.bin': 'x'.repeat(3_000_000) }, 1_700_000_000)
    put(media('web2'), { 'own.txt': 'own', 'cache/kept': 'kept', 'a/one.txt': 'old' }, 1_600_000_000)
    await runOk('staging', 'data_refresh:production,delete')
    expect(tree(media('web2'))).toEqual({ a: '/', 'a/one.txt': 'one', 'big.bin': 'x'.repeat(3_000_000), cache: '/', 'cache/kept': 'kept' })
    expect(existsSync(localMedia())).toBe(false)
    expect((await runOk('staging', 'data_refresh')).stdout).toContain('0 files copied (0 B), 2 files unchanged')
    // `protected` prevents copying in the wrong direction.
    put(media('web2'), { 'a/one.txt': 'from staging' }, 1_700_000_500)
    const refused = await shop.run('production', 'data.refresh:staging', '--json')
    expect(refused.status, refused.stdout + refused.stderr).toBe(1)
    expect(refused.stdout).toContain('NOT_CONFIRMED')
    expect(readFileSync(join(media('web1'), 'a/one.txt'), 'utf8')).toBe('one')
    await runOk('production', 'data.refresh:staging', '--yes')
    expect(readFileSync(join(media('web1'), 'a/one.txt'), 'utf8')).toBe('from staging')
  })

  test('push sends local files to hosts, under the lock', async () => {
    await project()
    for (const [name, text] of Object.entries({ 'a.txt': 'a', 'b/c.txt': 'c' })) {
      mkdirSync(dirname(join(localMedia(), name)), { recursive: true })
      writeFileSync(join(localMedia(), name), text)
    }
    await runOk('staging', 'data.push')
    expect(tree(media('web2'))).toEqual({ 'a.txt': 'a', b: '/', 'b/c.txt': 'c' })
    expect(statSync(join(media('web2'), 'a.txt')).uid).toBe(hosts.user.uid)
    // New files alone need no confirmation, even in production.
    await runOk('production', 'data.push')
  })

  test('replaces a link to a directory, and leaves the linked directory unchanged', async () => {
    await project()
    put(media('web1'), { 'v1/x': '1', 'v2/y': '2', active: '-> v2', file: 'a file' }, 1_700_000_000)
    put(media('web2'), { 'v1/x': '1', 'v2/y': '2', active: '-> v1', file: '-> v1' }, 1_700_000_000)
    await runOk('staging', 'data.refresh')
    expect(tree(media('web2'))).toEqual({ v1: '/', 'v1/x': '1', v2: '/', 'v2/y': '2', active: '-> v2', file: 'a file' })
    expect((await runOk('staging', 'data.refresh')).stdout).toContain('0 files copied')
  })

  test('refuses a base that no shell would expand', async () => {
    await project({ base: '~/shop' })
    const refused = await shop.run('production', 'data.pull')
    expect(refused.status, refused.stdout + refused.stderr).toBe(2)
    expect(refused.stdout + refused.stderr).toContain('data.base should be an absolute path')
  })

  test('reports failures, and replaces nothing', async () => {
    await project()
    const missing = await shop.run('production', 'data.pull', '--json')
    expect([missing.status, missing.stdout.includes('DATA_MISSING')], missing.stdout + missing.stderr).toEqual([1, true])

    put(media('web1'), { 'a.txt': 'new', 'new\nline': 'x' }, 1_700_000_000)
    put(media('web2'), { 'a.txt': 'old' }, 1_600_000_000)
    const newline = await shop.run('staging', 'data_refresh', '--json')
    expect([newline.status, newline.stdout.includes('a name with a newline')], newline.stdout + newline.stderr).toEqual([1, true])
    rmSync(join(media('web1'), 'new\nline'))

    // A file of root that the user may not read ends the stream early.
    writeFileSync(join(media('web1'), 'secret.txt'), 'x', { mode: 0o600 })
    const cut = await shop.run('staging', 'data_refresh', '--json')
    expect([cut.status, cut.stdout.includes('DATA_UNREADABLE')], cut.stdout + cut.stderr).toEqual([1, true])
    expect(tree(media('web2'))['a.txt']).toBe('old')
    rmSync(join(media('web1'), 'secret.txt'))

    put(media('web2'), { 'b/c.txt': 'c' })
    put(media('web1'), { b: 'a file' })
    const conflict = await shop.run('staging', 'data_refresh', '--json')
    expect([conflict.status, conflict.stdout.includes('DATA_CONFLICT')], conflict.stdout + conflict.stderr).toEqual([1, true])
    rmSync(join(media('web1'), 'b'))

    await runOk('staging', 'data_refresh')
    expect(tree(media('web2'))).toEqual({ 'a.txt': 'new', b: '/', 'b/c.txt': 'c' })
    const none = await shop.run('staging', 'data_refresh:staging')
    expect(none.status, none.stdout + none.stderr).toBe(2)
    const unknown = await shop.run('staging', 'data_refresh:stagign', '--json')
    expect([unknown.status, unknown.stdout.includes('UNKNOWN_ENVIRONMENT')], unknown.stdout + unknown.stderr).toEqual([1, true])
  })
})
