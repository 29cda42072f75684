import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { type CodeContext, DragonfabError } from '@dragonfab/core'
import { formatSize } from '@dragonfab/upload'
import { changedDumpError } from '../archive/dump-errors.ts'
import { hashFile, readDumpAt } from '../dumps/folder.ts'
import { readDumpStream } from '../dumps/read-dump.ts'
import { formatCount } from '../format-amounts.ts'
import type { VerifiedDump } from './restore.ts'

/** Reads a file to its end, and checks that it is a complete dump. If Dragonfab made the dump, its SHA-256 is enough, because it was read to its end then. */
export async function verifyDump(file: string, name: string, context: Pick<CodeContext, 'progress' | 'signal'>): Promise<VerifiedDump> {
  const { size: bytes } = await stat(file).catch(() => {
    throw new DragonfabError({
      code: 'POSTGRES_NO_DUMP',
      message: `there is no dump ${name}`,
      remedy: '`database.backups` lists the dumps on this machine',
    })
  })
  const dump = await readDumpAt(file)
  if (dump) {
    const { manifest } = dump
    context.progress(`comparing the SHA-256 of ${formatSize(bytes)}`)
    if (bytes !== manifest.bytes || (await hashFile(file, context.signal)) !== manifest.sha256) throw changedDumpError(name)
    const form = manifest.form
    return {
      file,
      name,
      bytes,
      sha256: manifest.sha256,
      manifest,
      form,
      owners: manifest.owners,
      rows: manifest.rows,
      largeObjects: manifest.largeObjects,
      dumpVersion: manifest.dumpVersion,
    }
  }
  const hash = createHash('sha256')
  const source = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 18, signal: context.signal })) {
      hash.update(chunk as Buffer)
      yield chunk as Buffer
    }
  }
  const read = await readDumpStream(source(), ({ rows }) => context.progress(`reading ${formatSize(bytes)}: ${formatCount(rows, 'row')}`))
  return { ...read, file, name, bytes, sha256: hash.digest('hex'), manifest: undefined }
}
