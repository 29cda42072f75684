import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { CodeContext } from '@dragonfab/core'
import { formatSize } from '@dragonfab/upload'
import { ByteReader } from '../archive/byte-reader.ts'
import { readContents, type TocEntry } from '../archive/contents.ts'
import { changedDumpError } from '../archive/dump-errors.ts'
import { quoteName } from '../archive/read-archive.ts'
import type { Manifest } from '../dumps/folder.ts'
import { type DumpRead, unpackStream } from '../dumps/read-dump.ts'
import { formatCount, throttle } from '../format-amounts.ts'
import type { Access } from '../server/access.ts'
import { createPostgresError } from '../server/problems.ts'
import { connectionString, startProgram } from '../server/program.ts'

/** A dump that was read to its end, ready to be restored. */
export interface VerifiedDump extends DumpRead {
  readonly file: string
  /** Its name in messages. */
  readonly name: string
  readonly bytes: number
  readonly sha256: string
  /** Only dumps that Dragonfab made have one. */
  readonly manifest: Manifest | undefined
}

export interface RestoreOptions {
  readonly access: Access
  /** The database to restore into. */
  readonly into: string
  /** The owner of everything in it. */
  readonly owner: string
  readonly grants: boolean
}

/** Restores a dump into a database that nobody uses yet. The first error ends it. */
export async function restoreDump(context: CodeContext, dump: VerifiedDump, options: RestoreOptions): Promise<void> {
  const { executor, signal } = context
  const { access, into, owner, grants } = options
  const isOwner = access.role === owner
  const target = ['-w', '-d', connectionString(into)]
  const argv =
    dump.form === 'archive'
      ? ['pg_restore', ...target, '--exit-on-error', ...(isOwner ? ['--no-owner'] : []), ...(grants ? [] : ['--no-acl'])]
      : ['psql', ...target, '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null']
  const program = await startProgram(argv, { executor, access, database: into, signal })
  const hash = createHash('sha256')
  let sent = 0
  const reportProgress = throttle(() =>
    context.progress(`${formatSize(sent)} of ${formatSize(dump.bytes)} sent, ${formatCount(sumRows(dump.rows), 'row')} in total`),
  )
  const file = createReadStream(dump.file, { highWaterMark: 1 << 18 })
  const readDumpFile = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of file) {
      hash.update(chunk as Buffer)
      sent += (chunk as Buffer).length
      reportProgress()
      yield chunk as Buffer
    }
  }
  let programEnd: { readonly status: number | undefined } | undefined
  const completion = program.done.then((end) => {
    programEnd = end
    return end
  })
  completion.catch(() => undefined)
  const text =
    dump.form === 'archive'
      ? rewriteOwner(readDumpFile(), isOwner ? undefined : owner)
      : prefixSetRole(unpackStream(readDumpFile()), isOwner || dump.owners ? undefined : owner)
  for await (const chunk of text) {
    // A program that succeeded may not have read what follows its data. One that failed says why.
    if (programEnd && programEnd.status !== 0) break
    await program.write(chunk).catch(() => undefined)
  }
  program.end()
  const { status, said, lost } = await completion
  if (status !== 0) throw createPostgresError('the dump was not restored', said || lost || `${argv[0]} exited with status ${status}`)
  if (hash.digest('hex') !== dump.sha256) throw changedDumpError(dump.name)
}

const sumRows = (rows: Readonly<Record<string, number>>): number => Object.values(rows).reduce((all, each) => all + each, 0)

/** Objects that only a superuser may own, or that have no owner of this kind. They belong to the role that restores them. */
const ownerlessKinds = /^(EVENT TRIGGER|FOREIGN DATA WRAPPER|PUBLICATION.*|SUBSCRIPTION.*|USER MAPPING|PROCEDURAL LANGUAGE|TRANSFORM|CAST)$/

/** The archive, with one owner for everything in it. The server's own roles (`pg_database_owner`) stay. */
async function* rewriteOwner(source: AsyncIterable<Uint8Array>, owner: string | undefined): AsyncGenerator<Uint8Array> {
  if (owner === undefined) return yield* source
  const bytes = new ByteReader(unpackStream(source))
  const contents = await readContents(bytes)
  const chooseOwner = ({ kind, owner: before }: TocEntry): string =>
    before === '' || before.startsWith('pg_') ? before : ownerlessKinds.test(kind) ? '' : owner
  yield contents.withOwners(chooseOwner)
  yield* bytes.readRest()
}

/** Plain SQL without owners is restored as the owner, because objects belong to the role that creates them. */
async function* prefixSetRole(source: AsyncIterable<Uint8Array>, owner: string | undefined): AsyncGenerator<Uint8Array> {
  if (owner !== undefined) yield Buffer.from(`SET ROLE ${quoteName(owner)};\n`)
  yield* source
}
