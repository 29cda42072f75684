import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { programPath } from './ensure-servers.ts'
import { findFreePort } from './free-port.ts'
import type { Key } from './keys.ts'
import { listDescendants } from './processes.ts'
import { parseSshdLog, type SshdEvent } from './sshd-log.ts'
import { waitUntil } from './wait-until.ts'

/** One sshd on a port of its own, with a host key, a log and a directory of its own. */
export interface SshHost {
  /** `web1`, the name in the cluster's ssh_config. */
  readonly name: string
  readonly address: string
  readonly port: number
  /** Who logs in. */
  readonly user: string
  /** The client's private key. */
  readonly key: string
  /** A directory that belongs to the user, this host's alone: all hosts share the machine's files. */
  readonly root: string
  readonly hostKeys: readonly Key[]
  /** `[127.0.0.1]:2222 ssh-ed25519 AAAA…`, one line a host key, without a final newline. */
  readonly knownHostsLine: string
  readonly logFile: string
  /** The log since the last {@link reset}. */
  log(): Promise<string>
  /** What the log tells since the last {@link reset}. */
  events(): Promise<SshdEvent[]>
  /** Connections that authenticated. */
  connections(): Promise<number>
  /** Sessions started on them: commands, shells and subsystems. */
  sessions(): Promise<number>
  /** All attempts to authenticate, successful ones included. */
  authentications(): Promise<number>
  /** Counts from here. */
  reset(): void
  /** The process ids of the listener and of all beneath it: connections and what they run. */
  pids(): number[]
  /** SIGKILLs every connection and what it runs, the listener stays. Gives how many processes that were. */
  killConnections(): number
  /** Ends the listener and, unless told otherwise, all connections. */
  stop(options?: { connections?: boolean }): Promise<void>
  /** Starts it again on the same port. */
  start(): Promise<void>
}

export interface SshHostSpec {
  readonly name: string
  readonly address: string
  /** Where its files are. */
  readonly directory: string
  readonly user: string
  readonly key: string
  readonly root: string
  readonly hostKeys: readonly Key[]
  readonly config: readonly string[]
  readonly enter: readonly string[]
}

export async function startSshHost(spec: SshHostSpec): Promise<SshHost> {
  const logFile = join(spec.directory, 'log')
  await writeFile(logFile, '')
  let port = 0
  let listener: ChildProcess | undefined
  let from = 0
  for (let attempt = 1; !listener; attempt++) {
    port = await findFreePort(spec.address)
    // Another process may have taken the port in between.
    listener = await listen(spec, port, logFile).catch((error) => {
      if (attempt === 5) throw error
      return undefined
    })
  }
  const log = async () => (await readFile(logFile)).subarray(from).toString()
  const events = async () => parseSshdLog(await log())
  const count = async (...kinds: SshdEvent['kind'][]) => (await events()).filter((event) => kinds.includes(event.kind)).length
  const pids = () => (listener?.pid ? [listener.pid, ...listDescendants(listener.pid).map((process) => process.pid)] : [])
  const kill = (which: readonly number[]) => which.filter((pid) => killAndWait(pid)).length
  return {
    ...spec,
    port,
    logFile,
    knownHostsLine: spec.hostKeys.map((key) => `[${spec.address}]:${port} ${key.line}`).join('\n'),
    log,
    events,
    connections: () => count('accepted'),
    sessions: () => count('session'),
    authentications: () => count('accepted', 'attempt'),
    reset: () => {
      from = readFileSync(logFile).length
    },
    pids,
    killConnections: () => kill(pids().slice(1)),
    stop: async ({ connections = true } = {}) => {
      const child = listener
      if (!child) return
      // Once the listener is gone, nothing tells whose its connections were.
      const all = pids()
      listener = undefined
      const ended = new Promise((resolve) => child.once('exit', resolve))
      kill(connections ? all : all.slice(0, 1))
      if (child.exitCode === null && child.signalCode === null) await ended
    },
    start: async () => {
      listener ??= await listen(spec, port, logFile)
    },
  }
}

async function listen(spec: SshHostSpec, port: number, logFile: string): Promise<ChildProcess> {
  const file = join(spec.directory, 'sshd_config')
  await writeFile(file, `${[`ListenAddress ${spec.address}:${port}`, ...spec.config].join('\n')}\n`)
  const before = readFileSync(logFile).length
  const output = () => readFileSync(logFile).subarray(before).toString()
  const sshd = programPath('sshd') ?? '/usr/sbin/sshd'
  // setpriv: no sshd outlives the tests that started it, however these end.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...spec.enter, sshd, '-D', '-f', file, '-E', logFile], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let complaint = ''
  let over = false
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint += chunk
  })
  child.on('exit', () => {
    over = true
  })
  child.on('error', (error) => {
    complaint += error.message
    over = true
  })
  await waitUntil(`sshd ${spec.name} on port ${port}`, () => over || output().includes(`Server listening on ${spec.address} port ${port}`))
  if (over) throw new Error(`sshd ${spec.name} did not start: ${complaint}${output()}`)
  return child
}

function killAndWait(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    return false
  }
}
