import { type ChildProcess, spawn } from 'node:child_process'
import { chown, lstat, mkdir, readdir, readFile, readlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { mustRun, type ProxiedHosts, proxySshHosts, type SshHosts, startSshHosts, type TcpProxy, waitUntil } from '@dragonfab/test-kit'
import { cpuCounter } from '../cpu.ts'
import type { Job } from './job.ts'

/** Real sshd hosts, each behind a delaying proxy, and an agent with the key for all. */
export interface Fleet {
  readonly cluster: SshHosts
  readonly proxied: ProxiedHosts
  /** The environment of the measured processes. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** The path that a contender deploys to on a host. All hosts share this machine's files. */
  path(host: string, contender: string): string
  /** Prepares the folder of a contender: an existing mirror, and the files to link. */
  prepare(contender: string, job: Job): Promise<void>
  /** Throws if the files on a host are not those of a release of `commit`. */
  assert(contender: string, job: Job, commit: string): Promise<void>
  /** The effort of the hosts since the last call. Waits until all connections have ended. */
  effort(): Promise<HostEffort>
  stop(): Promise<void>
}

export interface HostEffort {
  /** The largest number of any host. */
  readonly roundTrips: number
  /** CPU time of sshd and its descendants per host, on average. */
  readonly cpuMs: number
}

export async function startFleet(count: number): Promise<Fleet> {
  const cluster = await startSshHosts(count)
  const proxied = await proxySshHosts(cluster)
  const agent = await startAgent(join(cluster.directory, 'agent'), cluster.key)
  const { SSH_ASKPASS: _, ...inherited } = process.env
  const path = (name: string, contender: string) => join(cluster.hosts.find((host) => host.name === name)?.root ?? '', contender)
  const cpu = cpuCounter(
    `dragonfab-bench-${process.pid}-${count}`,
    cluster.hosts.flatMap((host) => host.pids()),
  )
  let used = cpu.ms()
  const everywhere = (act: (name: string) => Promise<unknown>) => Promise.all(cluster.hosts.map(({ name }) => act(name)))
  return {
    cluster,
    proxied,
    env: { ...inherited, SSH_AUTH_SOCK: agent.socket, NO_COLOR: '1' },
    path,
    prepare: (contender, job) => everywhere((name) => makeTree(path(name, contender), job, cluster.user)).then(() => undefined),
    assert: (contender, job, commit) => everywhere((name) => checkTree(path(name, contender), job, commit)).then(() => undefined),
    effort: async () => {
      const trips = await Promise.all(proxied.proxies.map(tripsOf))
      for (const host of cluster.hosts) await waitUntil('the sessions to end', () => host.pids().length === 1)
      const cpuMs = (cpu.ms() - used) / count
      used = cpu.ms()
      return { roundTrips: Math.max(...trips), cpuMs }
    },
    stop: async () => {
      agent.process.kill()
      await proxied.stop()
      await cluster.stop()
      cpu.end()
    },
  }
}

async function tripsOf(proxy: TcpProxy): Promise<number> {
  await waitUntil('the connections to end', () => proxy.connections.every((each) => !each.open))
  const trips = proxy.roundTrips()
  proxy.reset()
  return trips
}

async function startAgent(socket: string, key: string): Promise<{ readonly socket: string; readonly process: ChildProcess }> {
  const process_ = spawn('setpriv', ['--pdeathsig', 'KILL', 'ssh-agent', '-D', '-a', socket], { stdio: 'ignore' })
  await waitUntil('the agent', () =>
    lstat(socket)
      .then(() => true)
      .catch(() => false),
  )
  await mustRun(['ssh-add', '-q', key], { env: { ...process.env, SSH_AUTH_SOCK: socket } })
  return { socket, process: process_ }
}

async function makeTree(path: string, job: Job, user: { readonly uid: number; readonly gid: number }): Promise<void> {
  for (const folder of ['releases', 'shared', ...job.linkedDirs.map((each) => `shared/${each}`)])
    await mkdir(join(path, folder), { recursive: true })
  for (const file of job.linkedFiles) {
    await mkdir(dirname(join(path, 'shared', file)), { recursive: true })
    await writeFile(join(path, 'shared', file), 'kept between releases\n')
  }
  await mustRun(['git', 'init', '--quiet', '--bare', join(path, 'repo')])
  await chown(path, user.uid, user.gid)
  await mustRun(['chown', '-R', `${user.uid}:${user.gid}`, path])
}

async function checkTree(path: string, job: Job, commit: string): Promise<void> {
  const current = join(path, await readlink(join(path, 'current')))
  const problems: string[] = []
  const revision = (await readFile(join(current, 'REVISION'), 'utf8')).trim()
  if (revision !== commit) problems.push(`REVISION is ${revision}, not ${commit}`)
  for (const each of [...job.linkedFiles, ...job.linkedDirs]) {
    const to = await readlink(join(current, each)).catch(() => 'no link')
    if (to !== join(path, 'shared', each)) problems.push(`${each}: ${to}`)
  }
  const files = (await mustRun(['find', join(current, 'src'), '-type', 'f'])).trim().split('\n').length
  if (files !== 998) problems.push(`${files} files, not 998`)
  const releases = (await readdir(dirname(current))).filter((name) => !name.startsWith('.'))
  if (releases.length > job.keep) problems.push(`${releases.length} releases are kept`)
  if (problems.length) throw new Error(`${path} differs from a correct release: ${problems.join('; ')}`)
}
