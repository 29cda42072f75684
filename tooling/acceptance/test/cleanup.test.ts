import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { mustRun, takeSnapshot, waitUntil } from '@dragonfab/test-kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { endOf, eventsOf } from '../src/events.ts'
import { goodOf, liveOf } from '../src/expect-released.ts'
import type { AcceptanceProject } from '../src/project.ts'
import { createStand, type TestStand } from '../src/test-stand.ts'

let on: TestStand
const left: (() => unknown)[] = []

beforeAll(async () => {
  on = await createStand({
    hosts: 1,
    repository: { files: 3, content: { 'bin/sleep': { content: readFileSync('/bin/sleep'), mode: 0o755 } } },
  })
})
afterAll(async () => {
  for (const end of left) await end()
  await on?.stop()
})

async function deploy(shop: AcceptanceProject): Promise<{ id: string; said: string; warnings: readonly string[] }> {
  const result = await shop.run(['production', 'deploy', '--json'])
  expect(result.status, JSON.stringify(endOf(result).problems)).toBe(0)
  const events = eventsOf(result)
  const said = events.flatMap(({ type, text }) => (type === 'step:output' ? [String(text)] : [])).join('')
  const warnings = events.flatMap(({ type, level, message }) => (type === 'note' && level === 'warning' ? [String(message)] : []))
  return { id: liveOf(shop.path('web1')), said, warnings }
}

const ids = (shop: AcceptanceProject) => readdirSync(join(shop.path('web1'), 'releases'))

/** A process of the user of the hosts that uses an old release. */
function using(argv: readonly string[], cwd: string): number {
  const [program = '', ...args] = argv
  const child = spawn(program, args, { cwd, uid: on.user.uid, gid: on.user.gid, stdio: 'ignore' })
  left.push(() => child.kill('SIGKILL'))
  return child.pid ?? 0
}

test('an old release that a process uses stays, and by which one is said (CLN-02)', async () => {
  const shop = await on.app({ name: 'used', config: { keepReleases: 1 } })
  const old: string[] = []
  const path = shop.path('web1')
  const uses = [
    (release: string) => using(['sleep', '600'], release),
    (release: string) => using([join(release, 'bin/sleep'), '600'], '/'),
    (release: string) => using(['sh', '-c', `exec 5<'${release}/README.md'; exec sleep 600`], '/'),
  ]
  const pids: number[] = []
  for (const use of uses) {
    const { id } = await deploy(shop)
    old.push(id)
    const pid = use(join(path, 'releases', id))
    pids.push(pid)
    await waitUntil(
      'the process to stand',
      () => existsSync(`/proc/${pid}`) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('600'),
    )
  }
  await deploy(shop)
  const { said } = await deploy(shop)
  for (const [index, id] of old.entries()) expect(said).toMatch(new RegExp(`kept ${id}: process ${pids[index]} \\S+ uses it`))
  expect(ids(shop)).toEqual(expect.arrayContaining(old))
  // They go when nobody uses them any more.
  for (const pid of pids) process.kill(pid, 'SIGKILL')
  await waitUntil('the processes to be gone', () => pids.every((pid) => !existsSync(`/proc/${pid}/exe`)))
  await deploy(shop)
  expect(ids(shop).filter((id) => old.includes(id))).toEqual([])
})

test('what others laid among the releases is not touched, among thousands of it (CLN-04)', async () => {
  const shop = await on.app({ name: 'foreign', config: { keepReleases: 1 } })
  await deploy(shop)
  const releases = join(shop.path('web1'), 'releases')
  const names = [
    ' with space ',
    'new\nline',
    '-rf',
    '20240101000000',
    '260101-000000',
    'a;b $(c)',
    '..x',
    ...Array.from({ length: 5000 }, (_, n) => `old-${n}`),
  ]
  for (const name of names) mkdirSync(join(releases, name))
  for (const name of names.slice(0, 7)) writeFileSync(join(releases, name, 'file'), 'not ours\n')
  const outside = join(shop.path('web1'), '..', 'outside')
  mkdirSync(outside)
  writeFileSync(join(outside, 'file'), 'outside\n')
  symlinkSync(outside, join(releases, '260101-000001'))
  await mustRun(['chown', '-R', '-h', `${on.user.uid}:${on.user.gid}`, releases, outside])
  const before = [takeSnapshot(outside), ...names.slice(0, 7).map((name) => takeSnapshot(join(releases, name)))]
  const made: string[] = []
  for (let count = 0; count < 3; count++) made.push((await deploy(shop)).id)
  expect([takeSnapshot(outside), ...names.slice(0, 7).map((name) => takeSnapshot(join(releases, name)))]).toEqual(before)
  expect(ids(shop).sort()).toEqual([...names, '260101-000001', ...made.slice(-2)].sort())
  expect(goodOf(shop.path('web1'))).toEqual(made.slice(-2))
})

test('links are removed and not followed; mounts and root’s files stay with a warning, status 0 (CLN-05)', async () => {
  const shop = await on.app({ name: 'stuck', config: { keepReleases: 1, linkedDirs: ['uploads'] } })
  const path = shop.path('web1')
  const old = [await deploy(shop), await deploy(shop), await deploy(shop)].map(({ id }) => id)
  // One of them went meanwhile; what is left are the live one and its predecessor.
  const [linked = '', mounted = ''] = ids(shop).sort()
  expect(old).toEqual(expect.arrayContaining([linked, mounted]))
  await on.put(path, { 'shared/uploads/kept': 'kept\n', 'shared/logs/log': 'kept\n' })
  symlinkSync('../../shared/logs', join(path, 'releases', linked, 'logs'))
  writeFileSync(join(path, 'releases', linked, 'root-only'), 'root\n')
  mkdirSync(join(path, 'releases', linked, 'roots'), { mode: 0o755 })
  writeFileSync(join(path, 'releases', linked, 'roots/file'), 'root\n')
  const precious = join(path, '..', 'precious')
  mkdirSync(precious, { recursive: true })
  writeFileSync(join(precious, 'file'), 'precious\n')
  mkdirSync(join(path, 'releases', mounted, 'mnt'))
  await mustRun(['chown', '-R', `${on.user.uid}:${on.user.gid}`, precious])
  await mustRun(['mount', '--bind', precious, join(path, 'releases', mounted, 'mnt')])
  left.unshift(() => mustRun(['umount', '--lazy', join(path, 'releases', mounted, 'mnt')]))
  const shared = takeSnapshot(join(path, 'shared'))
  const warnings: string[] = []
  for (let count = 0; count < 2; count++) warnings.push(...(await deploy(shop)).warnings)
  expect(takeSnapshot(join(path, 'shared'))).toEqual(shared)
  expect(readFileSync(join(precious, 'file'), 'utf8')).toBe('precious\n')
  expect(warnings.join('\n')).toContain('some old releases could not be removed')
  // The one with the mount is as it was; of the other only what is root's is left, aside, and nobody's target.
  expect(readFileSync(join(path, 'releases', mounted, 'README.md'), 'utf8')).toBe('# fixture\n')
  expect(ids(shop)).not.toContain(linked)
  expect(goodOf(path)).not.toContain(linked)
})
