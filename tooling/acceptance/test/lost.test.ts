import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  assertDeployment,
  type Fault,
  observeDeployment,
  type ProxiedHosts,
  proxySshHosts,
  type SshHost,
  type TcpProxy,
  waitUntil,
} from '@dragonfab/test-kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endOf, eventsOf } from '../src/events.ts'
import { badOf, liveOf } from '../src/expect-released.ts'
import type { AcceptanceProject } from '../src/project.ts'
import { createStand, type TestStand } from '../src/test-stand.ts'
import { waitForQuietHost } from '../src/wait-for-quiet-host.ts'

const body = `
  vars: { slow: 'no', fail: 'nowhere', stuck: 'nowhere' },
  hooks: {
    'deploy.published': ({ env, sh, undoing }) => undoing
      ? env.host === env.vars.stuck && sh\`echo going back; sleep 600\`
      : [env.vars.slow === 'yes' && sh\`echo restarting; sleep 600\`, env.host === env.vars.fail && sh\`false\`],
    'deploy.failed': () => code({ name: 'tell', target: 'local', args: {} }, async ({ failure, directory }) =>
      (await import('node:fs')).writeFileSync(directory + '/told.json', JSON.stringify(failure))),
  },`

let on: TestStand
let proxied: ProxiedHosts

beforeAll(async () => {
  on = await createStand({ hosts: 8, repository: { files: 10 } })
  proxied = await proxySshHosts(on.cluster)
})
afterAll(async () => {
  await proxied?.stop()
  await on?.stop()
})

interface Place {
  readonly shop: AcceptanceProject
  readonly host: SshHost
  readonly proxy: TcpProxy
  readonly path: string
}

/** A project on one host behind a proxy, with a release. */
async function place(index: number): Promise<Place> {
  const [host, proxy] = [on.cluster.hosts[index], proxied.proxies[index]]
  if (!host || !proxy) throw new Error('too few hosts')
  const path = join(host.root, 'shop')
  const config = { environments: { production: { hosts: [{ name: host.name, path }] } } }
  const shop = await on.app({ body, config, sshConfig: proxied.sshConfig })
  await good(shop)
  return { shop, host, proxy, path }
}

async function good(shop: AcceptanceProject): Promise<void> {
  const result = await shop.run(['production', 'deploy'])
  expect(result.status, result.stdout + result.stderr).toBe(0)
}

/** What the session wrote down of scripts that have come to an end, in the run that is under way. */
function ended(path: string): readonly string[] {
  const runs = join(path, '.dragonfab/run')
  return readdirSync(runs).flatMap((run) => {
    const file = join(runs, run, 'ended')
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
  })
}

/** Cuts before anything more comes down, once the script with the switch has ended: what is lost is only its end mark. */
const afterTheSwitch = (path: string, how: Fault['how']): Fault => ({
  how,
  when: ({ direction }) => (direction === 'down' && ended(path).length === 2 ? 'before' : false),
})

const deploy = (shop: AcceptanceProject, ...words: string[]) => shop.run(['production', 'deploy', '--json', ...words])
const notes = (result: { readonly stdout: string }) =>
  eventsOf(result).flatMap(({ type, message }) => (type === 'note' ? [String(message)] : []))

describe.concurrent('the connection is cut, and the end of the switch does not arrive (INT-04)', () => {
  test.each([
    [0, 'fin'],
    [1, 'rst'],
  ] as const)('host %i, %s: what happened is found out, and the deployment goes on', async (index, how) => {
    const at = await place(index)
    const before = observeDeployment(at.path)
    at.proxy.reset()
    at.proxy.inject(afterTheSwitch(at.path, how))
    const result = await deploy(at.shop)
    expect([result.status, at.proxy.fired], result.stdout + result.stderr).toEqual([0, 1])
    expect(notes(result)).toContain('connected again: the step had ended with status 0')
    await waitForQuietHost(at.host, at.path)
    await assertDeployment(at.path, { before, trees: on.trees, settled: true, run: { status: 0, done: 'new' } })
  })

  test('while what comes after the switch still runs: it was cut short, and is put back', async () => {
    const at = await place(2)
    const before = observeDeployment(at.path)
    const was = liveOf(at.path)
    at.proxy.reset()
    const running = at.shop.start(['production', 'deploy', '--json', '--set', 'vars.slow=yes'])
    await waitUntil('the switch', () => running.output().includes('"text":"restarting'), 60_000)
    expect(liveOf(at.path)).not.toBe(was)
    at.proxy.inject({ how: 'fin' })
    const result = await running.result
    expect([result.status, at.proxy.fired], result.stdout + result.stderr).toEqual([3, 1])
    expect(notes(result)).toContain('connected again: the step had not ended')
    expect(endOf(result).hosts).toMatchObject([{ state: 'undone', live: `releases/${was}` }])
    await waitForQuietHost(at.host, at.path)
    await assertDeployment(at.path, { before, trees: on.trees, run: { status: 3, done: 'new' } })
    await good(at.shop)
  })

  test('and there is no way to the host any more: unknown, status 5, never a success', { timeout: 200_000 }, async () => {
    const at = await place(3)
    const was = liveOf(at.path)
    at.proxy.reset()
    at.proxy.inject({
      ...afterTheSwitch(at.path, 'fin'),
      when: (passing) => {
        const cut = afterTheSwitch(at.path, 'fin').when?.(passing) ?? false
        if (cut) void at.proxy.refuse()
        return cut
      },
    })
    const result = await deploy(at.shop)
    const end = endOf(result)
    expect([result.status, end.status, at.proxy.fired], result.stdout + result.stderr).toEqual([5, 5, 1])
    expect(end.hosts.map(({ host, state }) => [host, state])).toEqual([[at.host.name, 'unknown']])
    expect(end.codes).toEqual(['CONNECTION_LOST'])
    // Who waits for news is told the same.
    expect(JSON.parse(readFileSync(join(at.shop.directory, 'told.json'), 'utf8'))).toMatchObject({
      status: 5,
      hosts: [{ host: at.host.name, state: 'unknown' }],
    })
    // The truth, which nobody could tell it.
    expect(liveOf(at.path)).not.toBe(was)
    await at.proxy.accept()
    await waitForQuietHost(at.host, at.path)
    await good(at.shop)
  })

  test('without a cut there is nothing to find out', async () => {
    const at = await place(4)
    const result = await deploy(at.shop)
    expect(result.status).toBe(0)
    expect(notes(result).filter((note) => note.includes('connected again'))).toEqual([])
  })

  test('a host dies while it goes back: who runs what is said, and the next deployment heals it (MUL-03)', {
    timeout: 200_000,
  }, async () => {
    const hosts = on.cluster.hosts.slice(5).map((host) => ({ name: host.name, path: join(host.root, 'shop') }))
    const shop = await on.app({ body, config: { environments: { production: { hosts } } } })
    await good(shop)
    const was = liveOf(hosts[0]?.path ?? '')
    const dying = on.cluster.hosts[6]
    const running = shop.start([
      'production',
      'deploy',
      '--json',
      '--set',
      `vars.fail=${hosts[0]?.name}`,
      '--set',
      `vars.stuck=${dying?.name}`,
    ])
    await waitUntil('the way back', () => running.output().includes('"text":"going back'), 60_000)
    await dying?.stop()
    const result = await running.result
    const end = endOf(result)
    expect(result.status, result.stdout + result.stderr).toBe(5)
    expect(end.hosts.map(({ host, state, live }) => [host, state, live])).toEqual([
      [hosts[0]?.name, 'undone', `releases/${was}`],
      [dying?.name, 'unknown', undefined],
      [hosts[2]?.name, 'undone', `releases/${was}`],
    ])
    await dying?.start()
    await good(shop)
    const lives = hosts.map(({ path }) => liveOf(path))
    expect(new Set(lives).size).toBe(1)
    expect(lives[0]).not.toBe(was)
    for (const { path } of hosts) expect(badOf(path)).toHaveLength(1)
  })
})
