import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { PassThrough } from 'node:stream'
import { type CodeContext, DragonfabError } from '@dragonfab/core'
import { formatSize } from '@dragonfab/upload'
import { changedDumpError } from '../archive/dump-errors.ts'
import { formatCount, throttle } from '../format-amounts.ts'
import { markProtected } from '../guard/guard.ts'
import type { Access } from '../server/access.ts'
import { major, queryDatabaseState } from '../server/database-state.ts'
import { openServer, withSession } from '../server/open-server.ts'
import { createPostgresError } from '../server/problems.ts'
import { connectionString, startProgram } from '../server/program.ts'
import { createPartialFile, type Dump, hashFile, keepDump, type Manifest, pruneDumps } from './folder.ts'
import { type DumpRead, readDumpStream } from './read-dump.ts'

/** What to dump, and where to. It is part of a plan, so it is plain JSON. */
export interface DumpRequest {
  readonly environment: string
  /** The folder for dumps, relative to the config's. */
  readonly folder: string
  readonly keep: number
  readonly dumpWith: string | undefined
  readonly protected: boolean
}

/** Dumps a database of the host to this machine. When this returns, the dump has been read to its end and is on the disk. */
export async function makeDump(context: CodeContext, access: Access, request: DumpRequest): Promise<Dump> {
  const folder = resolve(context.directory, request.folder)
  const server = openServer(context, access)
  const state = await withSession(server, (session) => queryDatabaseState(session, access.database))
  const { database } = state
  if (!database) throw createPostgresError(access.database, `database "${access.database}" does not exist`)
  await markProtected(context, access, state, request)
  if (request.dumpWith === undefined) await checkVersions(context, access, state.serverVersion)
  const time = new Date().toISOString()
  const partial = await createPartialFile(folder)
  try {
    const { read, sha256, bytes } = await receiveDump(context, access, { request, file: partial.path, expected: database.bytes })
    if ((await hashFile(partial.path, context.signal)) !== sha256) throw changedDumpError('the written file')
    const manifest: Manifest = {
      format: 1,
      environment: request.environment,
      host: context.host,
      database: access.database,
      system: state.system,
      oid: database.oid,
      writes: database.writes,
      protected: request.protected || database.protected,
      serverVersion: state.serverVersion,
      dumpVersion: read.dumpVersion,
      time,
      bytes,
      sha256,
      rows: read.rows,
      largeObjects: read.largeObjects,
      form: read.form,
      owners: read.owners,
      settings: { encoding: database.encoding, collate: database.collate, ctype: database.ctype },
    }
    const dump = await keepDump(folder, partial.path, manifest)
    context.log(`${request.folder}/${dump.name}: ${formatSize(bytes)}, ${describeRows(manifest)}, sha256 ${sha256.slice(0, 12)}…`)
    const old = await pruneDumps(folder, manifest, request.keep)
    if (old.length) context.log(`removed ${old.join(', ')} (postgres.keepDumps: ${request.keep})`)
    return dump
  } finally {
    await partial.remove()
  }
}

/** `12 rows of 3 tables` */
export function describeRows({ rows, largeObjects }: Pick<Manifest, 'rows' | 'largeObjects'>): string {
  const numbers = Object.values(rows)
  const objects = largeObjects ? `, ${formatCount(largeObjects, 'large object')}` : ''
  return `${formatCount(
    numbers.reduce((sum, each) => sum + each, 0),
    'row',
  )} of ${formatCount(numbers.length, 'table')}${objects}`
}

async function checkVersions(context: CodeContext, access: Access, serverVersion: string): Promise<void> {
  const version = await readProgramVersion('pg_dump', context, access)
  if (major(version) < major(serverVersion))
    throw new DragonfabError({
      code: 'POSTGRES_VERSION',
      host: context.host,
      message: `pg_dump ${version} on the host is older than the server, ${serverVersion}, so it cannot dump it`,
      remedy: `install postgresql-client-${major(serverVersion)} on the host, or set postgres.binDir`,
    })
  if (major(version) > major(serverVersion))
    context.log(`pg_dump is ${version}, the server ${serverVersion}: an older server may not accept the dump`)
}

/** The version of a program on the host. */
export async function readProgramVersion(
  program: string,
  context: Pick<CodeContext, 'executor' | 'signal'>,
  access: Access,
): Promise<string> {
  const out: Buffer[] = []
  const { executor, signal } = context
  const started = await startProgram([program, '--version'], {
    executor,
    access: { ...access, password: undefined },
    signal,
    onOutput: (chunk) => void out.push(Buffer.from(chunk)),
  })
  started.end()
  const { status, said, lost } = await started.done
  const version = / (\d+[\w.]*)/.exec(Buffer.concat(out).toString())?.[1]
  if (status !== 0 || version === undefined) throw createPostgresError(program, said || lost || `${program} exited with status ${status}`)
  return version
}

async function receiveDump(
  context: CodeContext,
  access: Access,
  { request, file, expected }: { readonly request: DumpRequest; readonly file: string; readonly expected: number },
): Promise<{ readonly read: DumpRead; readonly sha256: string; readonly bytes: number }> {
  const { executor, signal } = context
  const { dumpWith } = request
  const argv = dumpWith === undefined ? ['pg_dump', '-Fc', '-w', '-d', connectionString(access.database)] : ['sh', '-c', dumpWith]
  const output = await open(file, 'wx', 0o600)
  const hash = createHash('sha256')
  let bytes = 0
  let isUnreadable = false
  // The dump is read while it is written, so the reader must keep up. Its result is known at the end.
  const reading = new PassThrough({ highWaterMark: 1 << 22 })
  const reportProgress = throttle((rows: number, table: string | undefined) =>
    context.progress(
      `${formatSize(bytes)} of a database of ${formatSize(expected)}, ${formatCount(rows, 'row')}${table ? `, ${table}` : ''}`,
    ),
  )
  const read = readDumpStream(reading, ({ rows, table }) => reportProgress(rows, table)).then(
    (value) => ({ value }),
    (error: unknown) => {
      // The dump is known to be bad, so the rest is not needed.
      isUnreadable = true
      reading.destroy()
      return { error }
    },
  )
  let writeError: Error | undefined
  try {
    const program = await startProgram(argv, {
      executor,
      access,
      signal,
      onOutput: async (chunk) => {
        const copy = Buffer.from(chunk)
        if (writeError) return
        try {
          await output.appendFile(copy)
        } catch (error) {
          // The caller of onOutput ignores rejections, so the error is kept for later.
          writeError = error as Error
          return
        }
        hash.update(copy)
        bytes += copy.length
        if (!isUnreadable && !reading.write(copy)) await new Promise<void>((done) => reading.once('drain', done).once('close', done))
      },
    })
    program.end()
    const { status, said, lost } = await program.done
    reading.end()
    if (writeError) throw writeError
    const result = await read
    if (status !== 0)
      throw createPostgresError(dumpWith === undefined ? 'pg_dump' : 'postgres.dumpWith', said || lost || `it exited with status ${status}`)
    if ('error' in result) throw result.error
    await output.sync()
    return { read: result.value, sha256: hash.digest('hex'), bytes }
  } catch (error) {
    reading.end()
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC')
      throw createPostgresError(`${request.folder} on this machine`, 'No space left on device')
    throw error
  } finally {
    await output.close()
  }
}
