import { type ChildProcess, spawn } from 'node:child_process'
import { chown, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type CommandResult, runCommand } from './command.ts'
import { ensureServers } from './ensure-servers.ts'
import { waitUntil } from './wait-until.ts'

/** A supervisord of its own, with socket, logs and included files in one folder. */
export interface Supervisord {
  /** Its folder. */
  readonly directory: string
  /** `supervisorctl -c …` */
  readonly command: string
  /** The folder of what it includes, `conf.d/*.conf`: `%(here)s` in these. */
  readonly included: string
  ctl(...words: readonly string[]): Promise<CommandResult>
  /** The process of a program, by the daemon's word; undefined where it does not run. */
  pid(program: string): Promise<number | undefined>
  stop(): Promise<void>
  start(): Promise<void>
}

export interface SupervisordOptions {
  /** Where it keeps its files; belongs to the user. */
  readonly directory: string
  /** Who runs it and its programs; root by default. */
  readonly user?: { readonly name: string; readonly uid: number; readonly gid: number } | undefined
}

/** Starts a real supervisord and waits until it answers. Needs root, and installs it where it is missing. */
export async function startSupervisord({ directory, user }: SupervisordOptions): Promise<Supervisord> {
  await ensureServers({ supervisord: 'supervisor' })
  const config = join(directory, 'supervisord.conf')
  const included = join(directory, 'conf.d')
  await mkdir(included, { recursive: true })
  await writeFile(config, configuration(directory, user === undefined))
  if (user) for (const each of [directory, included, config]) await chown(each, user.uid, user.gid)
  const ctl = (...words: readonly string[]) => runCommand(['supervisorctl', '-c', config, ...words])
  let child: ChildProcess | undefined
  const start = async () => {
    if (child) return
    // TERM, not KILL: it takes its programs with it, however the tests end.
    const argv = ['--pdeathsig', 'TERM', 'supervisord', '--silent', '-c', config]
    const started = spawn('setpriv', argv, { stdio: 'ignore', ...(user && { uid: user.uid, gid: user.gid }), cwd: directory })
    child = started
    let over = false
    started.on('exit', () => {
      over = true
    })
    await waitUntil(`supervisord in ${directory}`, async () => over || (await ctl('pid')).status === 0, 60_000)
    if (over) throw new Error(`supervisord did not start: see ${join(directory, 'supervisord.log')}`)
  }
  await start()
  return {
    directory,
    command: `supervisorctl -c ${config}`,
    included,
    ctl,
    pid: async (program) => Number(/ pid (\d+),/.exec((await ctl('status', program)).stdout)?.[1]) || undefined,
    start,
    stop: async () => {
      const running = child
      child = undefined
      if (!running || running.exitCode !== null || running.signalCode !== null) return
      const ended = new Promise((resolve) => running.once('exit', resolve))
      running.kill('SIGTERM')
      await ended
    },
  }
}

function configuration(directory: string, root: boolean): string {
  return `[unix_http_server]
file=${directory}/supervisor.sock
chmod=0700
[supervisord]
logfile=${directory}/supervisord.log
pidfile=${directory}/supervisord.pid
childlogdir=${directory}
nodaemon=true
${root ? 'user=root' : ''}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://${directory}/supervisor.sock
[include]
files=${directory}/conf.d/*.conf
`
}
