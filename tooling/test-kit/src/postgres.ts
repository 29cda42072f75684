import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { appendFile, chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mustRun, runCommand } from './command.ts'
import { ensureServers } from './ensure-servers.ts'
import { findFreePort } from './free-port.ts'
import { waitUntil } from './wait-until.ts'

/** A PostgreSQL cluster of its own: no system cluster is touched. */
export interface Postgres {
  readonly directory: string
  readonly port: number
  /** The folder of its socket. */
  readonly socket: string
  /** The folder of its programs. */
  readonly bin: string
  readonly version: number
  /** The user of the machine who owns it and is its superuser by peer authentication. */
  readonly user: { readonly name: string; readonly uid: number; readonly gid: number }
  /** `psql` as that user; gives what it prints, one line a row, `|` between columns. Rejects for an error. */
  sql(database: string, text: string): Promise<string>
  /** A program of it, as that user, with PGHOST and PGPORT set. */
  run(argv: readonly string[]): Promise<string>
  /** Replaces pg_hba.conf and reads it again. */
  access(...lines: readonly string[]): Promise<void>
  /** What it has written to its log. */
  log(): Promise<string>
  start(): Promise<void>
  stop(): Promise<void>
  /** Ends it and removes its files. */
  remove(): Promise<void>
}

export interface PostgresOptions {
  /** Lines of pg_hba.conf; by default peer on the socket and scram over TCP, as Debian has it. */
  readonly access?: readonly string[] | undefined
  /** Further lines of postgresql.conf. */
  readonly settings?: readonly string[] | undefined
}

/** Who may come how on Debian. */
const debian = ['local all all peer', 'host all all 127.0.0.1/32 scram-sha-256']

/** Starts a real server on a free port, with a data directory and a socket of its own. Needs root, and installs it where it is missing. */
export async function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  await ensureServers({ psql: 'postgresql', setpriv: 'util-linux' })
  const version = Math.max(
    ...readdirSync('/usr/lib/postgresql')
      .map(Number)
      .filter((each) => existsSync(`/usr/lib/postgresql/${each}/bin/initdb`)),
  )
  const bin = `/usr/lib/postgresql/${version}/bin`
  const [, , uid, gid] = (await mustRun(['getent', 'passwd', 'postgres'])).trim().split(':')
  const user = { name: 'postgres', uid: Number(uid), gid: Number(gid) }
  const directory = await mkdtemp(join(tmpdir(), 'dragonfab-postgres-'))
  const [data, socket, logFile] = [join(directory, 'data'), join(directory, 'socket'), join(directory, 'log')]
  await mkdir(socket)
  await writeFile(logFile, '')
  await chmod(directory, 0o755)
  for (const each of [directory, socket, logFile]) await chown(each, user.uid, user.gid)
  const initdb = [`${bin}/initdb`, '-D', data, '-A', 'peer', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync']
  await mustRun(initdb, { as: user, cwd: '/' })
  const port = await findFreePort()
  const settings = [
    `port = ${port}`,
    "listen_addresses = '127.0.0.1'",
    `unix_socket_directories = '${socket}'`,
    'fsync = off',
    'full_page_writes = off',
    'shared_buffers = 32MB',
    'max_connections = 60',
    ...(options.settings ?? []),
  ]
  await appendFile(join(data, 'postgresql.conf'), `${settings.join('\n')}\n`)
  const env = { ...process.env, PGHOST: socket, PGPORT: String(port), LC_ALL: 'C' }
  const run = (argv: readonly string[]) => mustRun(argv, { as: user, cwd: '/', env, timeoutMs: 600_000 })
  const hba = (lines: readonly string[]) => writeFile(join(data, 'pg_hba.conf'), `${lines.join('\n')}\n`)
  await hba(options.access ?? debian)
  let child: ReturnType<typeof spawn> | undefined
  const start = async () => {
    if (child) return
    // It ends with the tests, however these end.
    const argv = ['--pdeathsig', 'QUIT', `${bin}/postgres`, '-D', data]
    const started = spawn('setpriv', argv, { stdio: ['ignore', 'ignore', 'pipe'], uid: user.uid, gid: user.gid, cwd: '/', env })
    child = started
    started.stderr.on('data', (chunk: Buffer) => void appendFile(logFile, chunk))
    let over = false
    started.on('exit', () => {
      over = true
    })
    const answers = async () => (await runCommand([`${bin}/pg_isready`, '-q'], { as: user, cwd: '/', env })).status === 0
    await waitUntil(`PostgreSQL in ${directory}`, async () => over || (await answers()), 60_000)
    if (over) throw new Error(`PostgreSQL did not start:\n${await readFile(logFile, 'utf8')}`)
  }
  const stop = async () => {
    const running = child
    child = undefined
    if (!running || running.exitCode !== null || running.signalCode !== null) return
    const ended = new Promise((resolve) => running.once('exit', resolve))
    running.kill('SIGQUIT')
    await ended
  }
  await start()
  return {
    directory,
    port,
    socket,
    bin,
    version,
    user,
    run,
    sql: async (database, text) => {
      const argv = [`${bin}/psql`, '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1']
      return (await mustRun(argv, { as: user, cwd: '/', env: { ...env, PGDATABASE: database }, stdin: text, timeoutMs: 600_000 })).trimEnd()
    },
    access: async (...lines) => {
      await hba(lines)
      child?.kill('SIGHUP')
    },
    log: () => readFile(logFile, 'utf8'),
    start,
    stop,
    remove: async () => {
      await stop()
      await rm(directory, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** A name that no other database of a test has. */
export const databaseName = (stem = 'shop'): string => `${stem}_${randomBytes(4).toString('hex')}`
