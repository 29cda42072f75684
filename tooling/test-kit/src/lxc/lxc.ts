import { spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type CommandOptions, type CommandResult, mustRun, runCommand } from '../command.ts'
import { ensureServers } from '../ensure-servers.ts'
import { waitUntil } from '../wait-until.ts'
import { startAptProxy } from './apt-proxy.ts'
import { cachedRoot, writeContainer } from './template.ts'

/**
 * LXC for a test: containers of its own on a bridge of its own, so that test files neither meet each other nor the machine's network.
 *
 * ```ts
 * let lxc: Lxc
 * beforeAll(async () => { lxc = await startLxc() })
 * afterAll(() => lxc.stop())
 * // { environments: { lxc: { lxc: 'shop-lxc', lxcPath: lxc.path } } } clones lxc.template, 'vanilla'
 * ```
 *
 * `vanilla` is a Debian of this machine's release with systemd, sshd, Python and sudo, made once on a machine and kept under
 * /var/cache/dragonfab-test. Its containers get an address from a dnsmasq of this fixture. They reach nothing but this machine's address
 * on the bridge, and through a proxy there, which their apt finds by itself, the Debian mirror: run `apt-get update` first.
 */
export interface Lxc {
  /** What `lxcPath` is to be, `lxc-ls -P`. */
  readonly path: string
  /** The name of the container to clone; it is never started. */
  readonly template: string
  readonly bridge: string
  /** This machine's address on the bridge; containers get 10.203.<number>.2 and on. */
  readonly address: string
  /** The template's root file system, shared by all tests: read only. */
  readonly root: string
  /** Another container, not started: an overlay of the template; `lines` of configuration come last. Never `lxc.net.0.type = none`. */
  container(name: string, lines?: readonly string[]): Promise<void>
  /** An LXC command with `-P` of this path: `lxc.run('lxc-info', '-n', 'shop-lxc', '-s')`. */
  run(program: string, ...words: readonly string[]): Promise<CommandResult>
  /** A command in a running container, with a clean environment. */
  attach(name: string, argv: readonly string[], options?: CommandOptions): Promise<CommandResult>
  /** Whether containers get an address; they do until told otherwise. */
  leases(given: boolean): Promise<void>
  /** Stops and removes all containers, the bridge, and all files but the template's. */
  stop(): Promise<void>
}

export interface LxcOptions {
  /** Debian packages that the template has besides; each set makes a template of its own, kept too. */
  readonly packages?: readonly string[]
}

const home = '/var/lib/dragonfab-test-lxc'
const lock = ['flock', '/run/lock/dragonfab-test-lxc']
const programs = {
  'lxc-copy': 'lxc',
  mmdebstrap: 'mmdebstrap',
  dnsmasq: 'dnsmasq-base',
  rsync: 'rsync',
  ip: 'iproute2',
  flock: 'util-linux',
}

/** Starts one. Needs root, and installs LXC where it is missing. */
export async function startLxc({ packages = [] }: LxcOptions = {}): Promise<Lxc> {
  await ensureServers(programs)
  const root = await cachedRoot(packages)
  const claim = fileURLToPath(new URL('claim.sh', import.meta.url))
  const number = (await mustRun([...lock, 'sh', claim, home, String(process.pid)])).trim()
  const own = join(home, number)
  const path = join(own, 'containers')
  const bridge = `dfab${number}`
  const address = `10.203.${number}.1`
  let dhcp = await startDhcp(own, bridge, `10.203.${number}`)
  const proxy = await startAptProxy(address)
  const run = (program: string, ...words: readonly string[]) => runCommand([program, '-P', path, ...words])
  await writeContainer({ path, name: 'vanilla', rootfs: `dir:${root}`, bridge })
  return {
    path,
    template: 'vanilla',
    bridge,
    address,
    root,
    container: (name, lines = []) => {
      const rootfs = `overlay:${root}:${join(path, name, 'overlay/delta')}`
      return writeContainer({ path, name, rootfs, bridge, lines })
    },
    run,
    attach: (name, argv, options) => runCommand(['lxc-attach', '-P', path, '-n', name, '--clear-env', '--', ...argv], options),
    leases: async (given) => {
      await dhcp.stop()
      if (given) dhcp = await startDhcp(own, bridge, `10.203.${number}`)
    },
    stop: async () => {
      const active = (await run('lxc-ls', '-1', '--active')).stdout.split('\n').filter(Boolean)
      await Promise.all(active.map((name) => run('lxc-stop', '-k', '-n', name)))
      await Promise.all([dhcp.stop(), proxy.stop()])
      await mustRun([...lock, 'ip', 'link', 'delete', bridge])
      await rm(own, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

async function startDhcp(directory: string, bridge: string, network: string): Promise<{ stop(): Promise<void> }> {
  const options = `--conf-file=/dev/null --no-daemon --bind-interfaces --except-interface=lo --no-resolv --no-hosts
    --dhcp-authoritative --no-ping --dhcp-lease-max=250 --interface=${bridge}
    --dhcp-range=${network}.2,${network}.250,1h --dhcp-leasefile=${join(directory, 'leases')}`
  const argv = ['--pdeathsig', 'KILL', 'dnsmasq', ...options.split(/\s+/)]
  const child = spawn('setpriv', argv, { stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  await waitUntil('dnsmasq', () => child.exitCode !== null || log.includes('DHCP, IP range'))
  if (child.exitCode !== null) throw new Error(`dnsmasq did not start: ${log}`)
  return {
    stop: () => {
      child.kill('SIGKILL')
      return ended
    },
  }
}
