import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type CommandOptions, type CommandResult, runCommand } from '../command.ts'
import { ensureServers } from '../ensure-servers.ts'
import type { TestUser } from '../users.ts'
import { waitUntil } from '../wait-until.ts'

/** A real systemd as process 1 of a machine of its own: an overlay of this one's files that keeps no changes, and no network. */
export interface SystemdMachine {
  /** The one folder that both see and may write to. */
  readonly shared: string
  /** Goes before an argv to run it there, with this machine's network: an sshd that is reached from here. */
  readonly enter: readonly string[]
  run(argv: readonly string[], options?: CommandOptions): Promise<CommandResult>
  stop(): Promise<void>
}

const script = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** Starts one, with journald, D-Bus and a manager of their own (`systemctl --user`) for these users. Needs root. */
export async function startSystemdMachine(users: readonly TestUser[]): Promise<SystemdMachine> {
  await ensureServers({ systemctl: 'systemd', 'dbus-daemon': 'dbus', nsenter: 'util-linux', findmnt: 'util-linux', ip: 'iproute2' })
  const shared = await mkdtemp(join(tmpdir(), 'dragonfab-machine-'))
  await chmod(shared, 0o711)
  // What it sees of control groups begins at its own.
  const cgroups = existsSync('/sys/fs/cgroup/cgroup.procs') ? '/sys/fs/cgroup' : '/sys/fs/cgroup/unified'
  const cgroup = join(cgroups, `dragonfab-${shared.split('-').at(-1)}`)
  await mkdir(cgroup)
  const namespaces = ['--pid', '--mount', '--net', '--uts', '--ipc', '--cgroup', '--fork', '--kill-child=KILL']
  const start = `echo $$ >"$1" && shift && exec unshare ${namespaces.join(' ')} "$@"`
  const boot = [
    'sh',
    script('boot.sh'),
    shared,
    'sh',
    '-c',
    readFileSync(script('units.sh'), 'utf8'),
    'sh',
    ...users.map(({ uid }) => String(uid)),
  ]
  const argv = ['--pdeathsig', 'KILL', 'sh', '-c', start, 'sh', join(cgroup, 'cgroup.procs'), ...boot]
  const child = spawn('setpriv', argv, { stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  let over = false
  const heard = (chunk: Buffer) => {
    log += chunk
  }
  child.stdout.on('data', heard)
  child.stderr.on('data', heard)
  child.on('exit', () => {
    over = true
  })
  const init = await waitUntil('process 1 of the machine', () => over || initOf(child.pid ?? 0), 60_000)
  const enter = ['nsenter', '-t', String(init), '-m', '-p', '-u', '-i', '-C', '--']
  const run = (words: readonly string[], options?: CommandOptions) => runCommand([...enter, ...words], options)
  const up = async () => over || (await run(['systemctl', 'is-system-running'])).stdout.trim() === 'running'
  await waitUntil('systemd', up, 60_000)
  if (over) throw new Error(`systemd did not start: ${log}`)
  return {
    shared,
    enter,
    run,
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      if (!over && child.kill('SIGKILL')) await ended
      await waitUntil('the end of its processes', () => processesOf(cgroup).length === 0)
      await runCommand(['find', cgroup, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', '+'])
      await rm(shared, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** The child of `unshare`, once it is systemd itself. */
function initOf(unshare: number): number | undefined {
  const [pid] = readFileSync(`/proc/${unshare}/task/${unshare}/children`, 'utf8').trim().split(' ')
  if (!pid) return undefined
  try {
    return readlinkSync(`/proc/${pid}/exe`).endsWith('/systemd') ? Number(pid) : undefined
  } catch {
    return undefined
  }
}

function processesOf(cgroup: string): readonly string[] {
  return readdirSync(cgroup, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('cgroup.procs'))
    .flatMap((name) => readFileSync(join(cgroup, name), 'utf8').split('\n').filter(Boolean))
}
