import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type CommandOptions, type CommandResult, mustRun, runCommand } from '../command.ts'
import { ensureServers } from '../ensure-servers.ts'
import { type SshHosts, type SshHostsOptions, startSshHosts } from '../ssh-hosts.ts'
import { createTestUser, type TestUser } from '../users.ts'
import { waitUntil } from '../wait-until.ts'

/** Hosts that are Debian machines of their own, each with its dpkg, its users and its files. */
export interface DebianHosts extends SshHosts {
  /** The one folder that this machine and all hosts see and may write to. */
  readonly shared: string
  /** Runs a command as root on a host, `web1`. */
  on(host: string, argv: readonly string[], options?: CommandOptions): Promise<CommandResult>
  /** The same for shell text that must succeed; gives its output. */
  sh(host: string, text: string): Promise<string>
}

const script = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const cache = '/var/cache/dragonfab-test'
/** The machine's own release is in the name, so that an upgrade makes another. */
const codename = (): string => /^VERSION_CODENAME=(\S+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'stable'

/**
 * Starts `count` real sshds, each in a small Debian of its own: an overlay of one cached root (made by mmdebstrap when missing, some 20 seconds
 * and 250 MB), whose changes are kept in memory. Their network is this machine's; no service is started by packages. The user may run anything
 * by sudo without a password, unless told otherwise. Needs root.
 */
export async function startDebianHosts(count: number, options: Omit<SshHostsOptions, 'within' | 'enter'> = {}): Promise<DebianHosts> {
  await ensureServers({ mmdebstrap: 'mmdebstrap', nsenter: 'util-linux', flock: 'util-linux' })
  await mkdir(cache, { recursive: true })
  const root = join(cache, `debian-${codename()}`)
  await mustRun(['flock', `${root}.lock`, 'sh', script('make-root.sh'), root], { timeoutMs: 600_000 })
  const given = options.user ?? 'sudo-nopass'
  const user = typeof given === 'string' ? await createTestUser(given) : given
  const shared = await mkdtemp(join(tmpdir(), 'dragonfab-debian-'))
  await chmod(shared, 0o711)
  const machines = await Promise.all(
    Array.from({ length: count }, (_, index) => startMachine({ root, shared, name: `${options.prefix ?? 'web'}${index + 1}`, user })),
  )
  const enter = (name: string) => machines.find((each) => each.name === name)?.enter ?? []
  const on = (host: string, argv: readonly string[], more?: CommandOptions) => runCommand([...enter(host), ...argv], more)
  const cluster = await startSshHosts(count, { ...options, user, within: shared, enter })
  return {
    ...cluster,
    shared,
    on,
    sh: (host, text) => mustRun([...enter(host), 'sh', '-c', text]),
    stop: async () => {
      await cluster.stop()
      await Promise.all(machines.map((each) => each.stop()))
      await rm(shared, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

interface DebianMachine {
  readonly name: string
  /** Goes before an argv to run it there as root. */
  readonly enter: readonly string[]
  stop(): Promise<void>
}

interface DebianMachineSpec {
  readonly root: string
  readonly shared: string
  readonly name: string
  readonly user: TestUser
}

async function startMachine({ root, shared, name, user }: DebianMachineSpec): Promise<DebianMachine> {
  const argv = ['--pdeathsig', 'KILL', 'unshare', '--mount', '--uts', 'sh', script('machine.sh'), root, shared, name]
  const child = spawn('setpriv', argv, { stdio: ['pipe', 'pipe', 'pipe'] })
  let said = ''
  let over = false
  const output = (chunk: Buffer) => {
    said += chunk
  }
  child.stdout.on('data', output)
  child.stderr.on('data', output)
  const ended = new Promise<void>((resolve) => {
    child.on('exit', () => {
      over = true
      resolve()
    })
  })
  await waitUntil(`the machine ${name}`, () => over || said.includes('ready\n'), 60_000)
  if (over) throw new Error(`the machine ${name} did not start: ${said}`)
  // Same environment as a login, not that of the tests.
  const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  const enter = ['nsenter', '-t', String(child.pid), '-m', '-u', '--', 'env', '-i', path, 'HOME=/root']
  const { name: login, uid, gid, home } = user
  const account = [
    `groupadd -g ${gid} ${login}`,
    `useradd -m -d ${home} -u ${uid} -g ${gid} -s /bin/bash -p '*' ${login}`,
    ...(user.kind === 'sudo-nopass' ? [`echo '${login} ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/${login}`] : []),
  ]
  await mustRun([...enter, 'sh', '-ec', account.join('\n')])
  const namespace = readlinkSync(`/proc/${child.pid}/ns/mnt`)
  return {
    name,
    enter,
    stop: async () => {
      const listLeftovers = () => enterNamespace(namespace).filter((pid) => pid !== child.pid)
      await waitUntil(`the end of what runs on ${name}`, () => {
        for (const pid of listLeftovers()) kill(pid)
        return listLeftovers().length === 0
      })
      child.stdin.end()
      await ended
    },
  }
}

/** The processes of a machine: those in its mount namespace. */
function enterNamespace(namespace: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/ns/mnt`) === namespace
      } catch {
        return false
      }
    })
    .map(Number)
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}
