import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { OpenCommand } from '@dragonfab/core'
import { type SshHost, type SshHosts, type SshHostsOptions, startSshHosts } from '@dragonfab/test-kit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSshPool, type SshEvent, type SshPool, type SshPoolOptions } from '../src/index.ts'
import { run, script } from './run.ts'

let directory: string
let hosts: SshHosts | undefined
let pool: SshPool | undefined
let events: SshEvent[] = []

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sessions-'))
  events = []
})
afterEach(async () => {
  await pool?.close()
  await hosts?.stop()
  await rm(directory, { recursive: true, force: true })
})

async function start(options: SshHostsOptions, poolOptions: SshPoolOptions = {}) {
  hosts = await startSshHosts(1, options)
  pool = createSshPool({ configFile: hosts.sshConfig, onEvent: (event) => void events.push(event), ...poolOptions })
  const host = hosts.hosts[0] as SshHost
  return { host, pool, executor: pool.executor({ host: 'web1', directory }) }
}
const times = <T>(count: number, work: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)))

describe('sessions at once', () => {
  it('wait below MaxSessions, on one connection', async () => {
    const { host, executor } = await start({})
    const all = await times(40, (index) => script(executor, `sleep 0.1; echo ${index}`))
    expect(all.map((ran) => ran.text)).toEqual(all.map((_, index) => `${index}\n`))
    expect(await host.connections()).toBe(1)
  })

  it.each([1, 3])('adapt to a host that allows only %i', async (maxSessions) => {
    const { host, executor } = await start({ maxSessions })
    const all = await times(12, (index) => script(executor, `sleep 0.05; echo ${index}`))
    expect(all.map((ran) => ran.text)).toEqual(all.map((_, index) => `${index}\n`))
    expect(await host.connections()).toBe(1)
  })

  it('that never end are given a further connection, instead of waiting for each other for ever', async () => {
    const { host, executor } = await start({}, { sessionWaitMs: 300 })
    const open: OpenCommand[] = await times(20, () => executor.open(['cat']))
    expect(await host.connections()).toBe(3)
    for (const command of open) command.end()
    for (const command of open) expect(await command.done).toMatchObject({ status: 0 })
  })

  it('end as lost together with the pool, which does not wait for their last words', async () => {
    const { pool, executor } = await start({})
    const open = await times(3, () => executor.open(['sleep', '300']))
    await pool.close()
    const now = new Promise<void>((resolve) => setImmediate(resolve))
    for (const command of open)
      expect(await Promise.race([command.done, now])).toEqual({ status: undefined, lost: 'it was closed on this machine' })
  })

  it('that were closed with a living child do not block further ones', async () => {
    const { executor } = await start({ maxSessions: 2 })
    const held = await times(2, () => executor.open(['sh', '-c', 'trap "" HUP TERM; sleep 2']))
    for (const command of held) command.close()
    expect(await run(executor, ['echo', 'in'])).toMatchObject({ text: 'in\n' })
  })

  it('are refused with a reason where the host allows none', async () => {
    const { executor, host } = await start({ maxSessions: 0 })
    await expect(executor.open(['true'])).rejects.toMatchObject({
      code: 'SSH_SESSIONS',
      problems: [{ remedy: expect.stringContaining('MaxSessions') }],
    })
    expect(await host.connections()).toBe(1)
  })
})

describe('handshakes at once', () => {
  // A known_hosts file of its own makes each a connection of its own.
  const apart = async (count: number) => {
    if (!hosts || !pool) throw new Error('not started')
    const { knownHosts } = hosts
    const made = pool
    return times(count, async (index) => {
      await copyFile(knownHosts, join(directory, `known-${index}`))
      return made.executor({ host: 'web1', directory, knownHosts: `./known-${index}` })
    })
  }

  it('wait below MaxStartups, so that none is dropped', async () => {
    const { host } = await start({ maxStartups: '10:100:10' })
    const executors = await apart(30)
    for (const ran of await Promise.all(executors.map((executor) => run(executor, ['echo', 'in'])))) expect(ran.text).toBe('in\n')
    expect(await host.connections()).toBe(30)
    expect(events.filter((event) => event.type === 'retry')).toEqual([])
  })

  it('are tried again where the host drops them', async () => {
    const { host } = await start({ maxStartups: '2:100:2' })
    const executors = await apart(8)
    for (const ran of await Promise.all(executors.map((executor) => run(executor, ['echo', 'in'])))) expect(ran.text).toBe('in\n')
    expect(events.filter((event) => event.type === 'retry').length).toBeGreaterThan(0)
    expect(await host.connections()).toBe(8)
  })
})
