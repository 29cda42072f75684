import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SshHosts } from '../ssh-hosts.ts'
import { type ProxyOptions, startProxy, type TcpProxy } from './proxy.ts'

/** The hosts of a cluster, each behind a proxy of its own. */
export interface ProxiedHosts {
  /** In the order of the cluster's hosts; connect to `address` and `port` of these. */
  readonly proxies: readonly TcpProxy[]
  /** Knows the hosts' keys under the proxies' ports as well. */
  readonly knownHosts: string
  /** As the cluster's own, through the proxies. */
  readonly sshConfig: string
  stop(): Promise<void>
}

let made = 0

/** Puts a proxy before every host of a cluster. Stop it before the cluster. */
export async function proxySshHosts(cluster: SshHosts, options: Omit<ProxyOptions, 'to'> = {}): Promise<ProxiedHosts> {
  const pairs = await Promise.all(
    cluster.hosts.map(async (host) => ({ host, proxy: await startProxy({ ...options, to: { host: host.address, port: host.port } }) })),
  )
  const suffix = `proxied-${++made}`
  const knownHosts = join(cluster.directory, `known_hosts-${suffix}`)
  const sshConfig = join(cluster.directory, `ssh_config-${suffix}`)
  const lines = pairs.map(({ host, proxy }) =>
    host.knownHostsLine.replaceAll(`[${host.address}]:${host.port} `, `[${proxy.address}]:${proxy.port} `),
  )
  await writeFile(knownHosts, `${(await readFile(cluster.knownHosts, 'utf8')) + lines.join('\n')}\n`)
  let config = (await readFile(cluster.sshConfig, 'utf8')).replaceAll(cluster.knownHosts, knownHosts)
  for (const { host, proxy } of pairs)
    config = config.replace(`HostName ${host.address}\n  Port ${host.port}\n`, () => `HostName ${proxy.address}\n  Port ${proxy.port}\n`)
  await writeFile(sshConfig, config)
  const proxies = pairs.map(({ proxy }) => proxy)
  return { proxies, knownHosts, sshConfig, stop: async () => void (await Promise.all(proxies.map((proxy) => proxy.stop()))) }
}
