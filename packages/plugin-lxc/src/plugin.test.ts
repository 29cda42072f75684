import { loadProject, selectHosts } from '@dragonfab/plan'
import { expect, it } from 'vitest'
import { exitStatus } from './exit-statuses.ts'
import { lxc } from './index.ts'
import { bringUp } from './shell/bring-up.ts'

const project = (environments: object) =>
  loadProject({ appName: 'shop', plugins: [lxc()], environments }, { directory: '/srv/project', user: 'me' })

it('gives an environment without hosts its container as its one host, as root unless a layer says otherwise', () => {
  const loaded = project({
    a: { lxc: '%(appName)s-%(stage)s' },
    b: { lxc: 'b', user: 'deploy', lxcHost: 'admin@build:2222' },
    c: { hosts: ['web1'] },
  })
  const hostsOf = (environment: string) =>
    selectHosts(loaded, { environment }).map((host) => ({
      name: host.name,
      machine: host.machine,
      user: host.env().user,
      address: host.address,
    }))
  expect(hostsOf('a')).toEqual([
    {
      name: 'shop-a',
      machine: 'local/shop-a',
      user: 'root',
      address: { kind: 'guest', name: 'shop-a', on: { kind: 'local' }, plugin: 'lxc', login: 'root' },
    },
  ])
  expect(hostsOf('b')).toMatchObject([
    { name: 'b', machine: 'build:2222/b', user: 'deploy', address: { on: { kind: 'ssh', host: 'build', port: 2222, user: 'admin' } } },
  ])
  expect(hostsOf('c')).toMatchObject([{ name: 'web1', user: 'me' }])
})

it('gives each role its own container on one machine', () => {
  const loaded = project({ a: { roles: { web: { lxc: 'web' }, db: { lxc: 'db' } } } })
  expect(selectHosts(loaded, { environment: 'a' }).map(({ target: place, role }) => `${place} ${role}`)).toEqual(['web web', 'db db'])
})

it('takes the machine from the command line', () => {
  const [host] = selectHosts(project({ a: { lxc: 'a' } }), { environment: 'a', set: { lxcHost: 'build' } })
  expect(host?.address).toMatchObject({ on: { kind: 'ssh', host: 'build' } })
})

it('says which plugin enters the host, so that its default task is found', () => {
  const { environments } = project({ a: { lxc: 'a' }, c: { hosts: ['web1'] } })
  expect(environments.a?.hosts.map(({ guestOf }) => guestOf)).toEqual(['lxc'])
  expect(environments.c?.hosts.map(({ guestOf }) => guestOf)).toEqual([undefined])
})

it('refuses a container that cannot be one', () => {
  for (const lxc of ['-x', 'a b', 'a/b', '..', 'a;b', 'x'.repeat(64)]) expect(() => project({ a: { lxc } })).toThrow(/lxc/)
  expect(() => project({ a: { lxc: 'vanilla' } })).toThrow(/template/)
})

it('has one status for each exit case', () => {
  const statuses = Object.values(exitStatus)
  expect(new Set(statuses).size).toBe(statuses.length)
  expect(Math.min(...statuses)).toBeGreaterThanOrEqual(64)
  expect(Math.max(...statuses)).toBeLessThanOrEqual(113)
})

it('creates nothing in a read-only run', () => {
  const env = selectHosts(project({ a: { lxc: 'a' } }), { environment: 'a' })[0]?.env() as unknown as Parameters<typeof bringUp>[0]
  const readOnlyScript = bringUp(env, { recreate: true, readOnly: true, keys: [] }).toString()
  for (const each of ['lxc-copy -P', '"$begin"', '\nlxc_lock\n']) expect(readOnlyScript).not.toContain(each)
  const script = bringUp(env, { recreate: true, readOnly: false, keys: [] }).toString()
  for (const each of ['lxc-copy -P', '"$begin"', '\nlxc_lock\n']) expect(script).toContain(each)
})
