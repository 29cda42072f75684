import { existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Flow, type Hook, hide, sh, shellFunction, step, type TaskSpec } from '@dragonfab/core'
import { createSshPool, type SshPool } from '@dragonfab/ssh'
import { createTestUser, proxySshHosts, type SshHosts, startSshHosts, type TcpProxy, waitUntil } from '@dragonfab/test-kit'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Interruption } from '../src/index.ts'
import { world } from './fixture.ts'

const flow: Flow = {
  summary: 'release',
  phases: [
    { signals: ['a'], undo: ['undo.a'] },
    { signals: ['b'], undo: ['undo.b'], live: true },
    { signals: ['c'], undo: ['undo.b'], live: true },
  ],
}
const append = shellFunction('probe_append', sh`echo "$1" >>"$2"`)
const write =
  (name: string) =>
  ({ env }: { env: Readonly<Record<string, unknown>> }) =>
    sh`${append} ${name} ${`${env.path}/log`}`
const log = (path: string): readonly string[] =>
  existsSync(join(path, 'log')) ? readFileSync(join(path, 'log'), 'utf8').trim().split('\n') : []

let hosts: SshHosts
const pools: SshPool[] = []

function places(cluster: Pick<SshHosts, 'hosts' | 'sshConfig' | 'knownHosts' | 'user'>, keepalive?: number) {
  const pool = createSshPool({ configFile: cluster.sshConfig, ...(keepalive && { keepaliveMs: keepalive, connectTimeoutMs: 6000 }) })
  pools.push(pool)
  return cluster.hosts.map((host) => ({
    name: host.name,
    path: host.root,
    connect: async () => pool.executor({ host: host.name, directory: '/', knownHosts: cluster.knownHosts, strictHostKeys: 'yes' }),
  }))
}

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()))
})

describe('a run over ssh', () => {
  beforeAll(async () => {
    hosts = await startSshHosts(2, { user: 'sudo-nopass' })
  })
  afterAll(async () => {
    await hosts.stop()
  })

  test('one connection and one session per host, whatever the number of phases and steps', async () => {
    const at = await world({
      flow,
      places: places(hosts),
      hooks: { a: ({ env }) => [write('1')({ env }), write('2')({ env })], b: write('3'), c: write('4') },
    })
    await Promise.all(hosts.hosts.map((host) => host.reset()))
    expect(await at.go(['release'])).toMatchObject({ status: 0 })
    for (const host of hosts.hosts) {
      expect(log(host.root)).toEqual(['1', '2', '3', '4'])
      expect([await host.connections(), await host.sessions()]).toEqual([1, 1])
    }
  })

  test('processes that a step leaves running continue after the run, even if the connection ends at once', async () => {
    const pid = (round: number) => `left-${round}`
    const rounds = 12
    for (let round = 0; round < rounds; round++) {
      const at = await world({
        flow,
        places: places(hosts),
        hooks: { c: ({ env, sh }) => sh`sleep 300 & echo "$!" >${`${env.path}/${pid(round)}`}` },
      })
      expect(await at.go(['release'])).toMatchObject({ status: 0 })
      await Promise.all(pools.splice(0).map((pool) => pool.close()))
    }
    const listeners = new Set(hosts.hosts.flatMap((host) => host.pids()))
    await waitUntil('the connections to end', () => hosts.hosts.every((host) => host.pids().length === 1), 30_000)
    const left = hosts.hosts.flatMap((host) =>
      Array.from({ length: rounds }, (_, round) => Number(readFileSync(join(host.root, pid(round)), 'utf8'))),
    )
    const living = left.filter((each) => existsSync(`/proc/${each}`) && !listeners.has(each))
    for (const each of living) process.kill(each)
    expect(living).toEqual(left)
  })

  test('a step as root runs as root, in order, and its files are root’s', async () => {
    const at = await world({
      flow,
      places: places(hosts),
      hooks: {
        b: ({ env, sh }) => [
          sh`id -un >${`${env.path}/one`}`,
          step(sh`id -un >${`${env.path}/two`}; ${append} ${hide('s3cret-word', 'x')} ${`${env.path}/two`}`, { as: 'root' }),
          sh`cat ${`${env.path}/two`} >${`${env.path}/three`}`,
        ],
      },
    })
    expect(await at.go(['release'])).toMatchObject({ status: 0 })
    const [host] = hosts.hosts
    expect(readFileSync(join(host?.root ?? '', 'three'), 'utf8')).toBe('root\ns3cret-word\n')
    expect(statSync(join(host?.root ?? '', 'two')).uid).toBe(0)
  })

  test('an interrupt stops running steps, undoes the run and releases the lock: status 130', async () => {
    const stop = new AbortController()
    const interruption: Interruption = { stop: stop.signal, abort: new AbortController().signal, status: 130 }
    const at = await world({
      flow,
      places: places(hosts),
      hooks: {
        a: write('prepared'),
        b: ({ env, sh }) => sh`echo up >${`${env.path}/up`}; sleep 300`,
        'undo.b': write('back'),
        'undo.a': write('undone'),
      },
    })
    const end = at.go(['release'], { interruption })
    const up = () => hosts.hosts.every((host) => existsSync(join(host.root, 'up')))
    await waitUntil('the step runs', async () => up())
    stop.abort()
    expect((await end).status).toBe(130)
    expect(log(hosts.hosts[0]?.root ?? '').slice(-2)).toEqual(['back', 'undone'])
    expect(await (await world({ flow, places: places(hosts) })).go(['release'])).toMatchObject({ status: 0 })
  })

  test('a session as another user ends with its client as well, and frees its lock', async () => {
    // sudo waits for the session's shell, so the shell must not wait for sudo.
    const place = places(hosts).map((each) => ({ ...each, path: `/tmp/dragonfab-other-${process.pid}-${each.name}` }))
    const [stop, now] = [new AbortController(), new AbortController()]
    const at = await world({
      flow,
      places: place,
      sudoUser: 'www-data',
      hooks: { a: ({ env, sh }) => sh`touch ${`${env.path}/up`}; sleep 300` },
    })
    const end = at.go(['release'], { interruption: { stop: stop.signal, abort: now.signal, status: 130 } })
    await waitUntil('the step runs', async () => place.every((each) => existsSync(join(each.path, 'up'))))
    now.abort()
    stop.abort()
    await end
    await waitUntil(
      'the lock is free',
      async () => (await (await world({ flow, places: place, sudoUser: 'www-data' })).go(['release'])).status === 0,
      5000,
    )
    for (const each of place) rmSync(each.path, { recursive: true })
  })

  test('after an interrupt what a sequence always does is done as well', async () => {
    const stop = new AbortController()
    const tasks: Record<string, TaskSpec> = {
      long: { summary: '', run: ({ env, sh }) => sh`rm -f ${`${env.path}/log`}; echo up >${`${env.path}/long`}; sleep 300` },
      live: { summary: '', run: write('live') },
    }
    const at = await world({ places: places(hosts), tasks })
    const end = at.go(['long', 'live!always'], { interruption: { stop: stop.signal, abort: new AbortController().signal, status: 130 } })
    await waitUntil('the step runs', async () => hosts.hosts.every((host) => existsSync(join(host.root, 'long'))))
    stop.abort()
    expect((await end).status).toBe(130)
    for (const host of hosts.hosts) expect(log(host.root)).toEqual(['live'])
  })

  test('the second interrupt leaves at once, and the hosts end what runs by themselves', async () => {
    const [stop, now] = [new AbortController(), new AbortController()]
    const at = await world({
      flow,
      places: places(hosts),
      hooks: {
        a: ({ env, sh }) => sh`rm -f ${`${env.path}/up`}; trap '' TERM; echo up >${`${env.path}/up`}; sleep 300 & wait; wait; wait`,
      },
    })
    const end = at.go(['release'], { interruption: { stop: stop.signal, abort: now.signal, status: 143 } })
    await waitUntil('the step runs', async () => hosts.hosts.every((host) => existsSync(join(host.root, 'up'))))
    stop.abort()
    now.abort()
    expect((await end).status).toBe(143)
    await waitUntil(
      'the lock is free',
      async () => (await (await world({ flow, places: places(hosts) })).go(['release'])).status === 0,
      20_000,
    )
  })
})

describe('steps of another user', () => {
  test('with a password: once for the whole session, also as root; a wrong one is one attempt and a clear error', async () => {
    const user = await createTestUser('sudo-password')
    const cluster = await startSshHosts(1, { user })
    const [host] = cluster.hosts
    if (!host || user.password === undefined) throw new Error('no host')
    try {
      const hooks: Record<string, Hook> = { a: ({ env, sh }) => sh`id -un >/tmp/${`dragonfab-${process.pid}`}; : ${String(env.name)}` }
      const right = await world({
        flow,
        places: places(cluster).map((place) => ({ ...place, path: `/tmp/dragonfab-www-${process.pid}` })),
        sudoUser: 'www-data',
        sudoPassword: hide(user.password, 'sudo'),
        hooks,
      })
      const end = await right.go(['release'])
      expect(end.problems).toEqual([])
      expect(readFileSync(`/tmp/dragonfab-${process.pid}`, 'utf8')).toBe('www-data\n')
      const wrong = await world({ flow, places: places(cluster), sudoUser: 'www-data', sudoPassword: hide('not it at all', 'sudo') })
      expect((await wrong.go(['release'])).problems).toMatchObject([{ code: 'SUDO_REFUSED' }])
      const none = await world({ flow, places: places(cluster), sudoUser: 'www-data' })
      expect((await none.go(['release'])).problems).toMatchObject([
        { code: 'SUDO_REFUSED', remedy: expect.stringContaining('--ask-sudo-password') },
      ])
    } finally {
      await cluster.stop()
    }
  })
})

describe('a lost connection', () => {
  let cluster: SshHosts
  beforeAll(async () => {
    cluster = await startSshHosts(2)
  })
  afterAll(async () => {
    await cluster.stop()
  })

  async function lossy(
    cut: (proxy: TcpProxy) => void,
    reconnectMs = 60_000,
  ): Promise<{ status: number; events: string; paths: readonly string[]; states: readonly string[] }> {
    const proxied = await proxySshHosts(cluster, {})
    const [first] = cluster.hosts
    const hooks: Record<string, Hook> = {
      b: ({ env, sh }) => [
        write('switched')({ env }),
        sh`[ ${String(env.name)} != ${first?.name ?? ''} ] || { touch ${`${env.path}/cut`}; sleep 0.4; }`,
      ],
      'undo.b': write('back'),
    }
    for (const host of cluster.hosts) for (const name of ['log', 'cut']) rmSync(join(host.root, name), { force: true })
    const at = await world({ flow, places: places({ ...cluster, ...proxied }, 700), hooks })
    const end = at.go(['release'], { reconnectMs })
    await waitUntil('the switch was sent', async () => existsSync(join(cluster.hosts[0]?.root ?? '', 'cut')))
    const proxy = proxied.proxies[0]
    if (!proxy) throw new Error('no proxy')
    cut(proxy)
    const done = await end
    await proxied.stop()
    return {
      status: done.status,
      events: JSON.stringify(at.events),
      paths: cluster.hosts.map((host) => host.root),
      states: done.hosts.map((host) => host.state),
    }
  }

  test.each(['fin', 'rst'] as const)(
    'by %s after the switch was sent: connects again, sees that it was cut short, puts all back: status 3',
    async (how) => {
      const { status, events, paths } = await lossy((proxy) => proxy.inject({ how }))
      expect(events).toContain('connecting again')
      expect(status).toBe(3)
      for (const path of paths) expect(log(path)).toEqual(['switched', 'back'])
    },
  )

  test('and cannot be restored: status 5, the other hosts are undone', async () => {
    const { status, states, paths } = await lossy((proxy) => {
      proxy.refuse()
      proxy.inject({ how: 'rst' })
    }, 3000)
    expect(status).toBe(5)
    expect(states).toEqual(['unknown', 'undone'])
    expect(log(paths[1] ?? '')).toEqual(['switched', 'back'])
  })
})
