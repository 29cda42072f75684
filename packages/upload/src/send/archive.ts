import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { type FolderEntry, pathOnDisk } from '../folder/walk.ts'
import { changedError } from '../problems.ts'
import { createTarEntry, createTarFile, tarEnd } from '../tar/entry.ts'
import { padToBlock } from '../tar/header.ts'
import type { Wire } from './wire.ts'

/** Files up to this size are read synchronously: they were just read, so they are in the page cache. */
const smallFileBytes = 256 * 1024
const zeros = Buffer.alloc(512)
const paddingOf = (size: number): Buffer => zeros.subarray(0, padToBlock(size) - size)

export interface ArchiveItem {
  readonly entry: FolderEntry
  /** A small file's content, if it is still in memory after hashing. */
  readonly content?: Buffer | undefined
  /** The mode on the host. */
  readonly mode: number
  /** The hash of a file's content. */
  readonly sha256?: string | undefined
}

export interface ArchiveOptions {
  readonly folder: string
  readonly items: readonly ArchiveItem[]
  /** The last member: its name and content. */
  readonly mark: { readonly name: string; readonly content: Buffer }
  readonly signal: AbortSignal
  readonly onContent: (bytes: number) => void
}

/** Writes an archive. Throws if a file has changed. Then the mark is never written. */
export async function writeArchive(wire: Wire, { folder, items, mark, signal, onContent }: ArchiveOptions): Promise<void> {
  for (const item of items) {
    if (!wire.isOpen) return
    signal.throwIfAborted()
    const { entry, content } = item
    for (const part of content ? [headerOf(item), content, paddingOf(content.length)] : [headerOf(item)]) {
      const full = wire.append(part)
      if (full) await full
    }
    if (content) onContent(content.length)
    else if (entry.kind === 'file') await addContent(wire, folder, item, signal, onContent)
  }
  for (const part of createTarFile(`./${mark.name}`, mark.content)) await wire.append(part)
  await wire.append(tarEnd)
  await wire.end()
}

function headerOf({ entry: { path, kind, size, time, target }, mode }: ArchiveItem): Buffer {
  // `./`, so that no name is read as an option.
  const name = Buffer.from(`./${path}`, 'latin1')
  return createTarEntry({ path: name, kind, mode, size, time, ...(target !== undefined && { target: Buffer.from(target, 'latin1') }) })
}

/** Adds exactly as many bytes as the header contains. */
async function addContent(
  wire: Wire,
  folder: string,
  { entry, sha256 }: ArchiveItem,
  signal: AbortSignal,
  onContent: (bytes: number) => void,
): Promise<void> {
  const { path, size } = entry
  const hash = createHash('sha256')
  const file = await openReader(pathOnDisk(folder, path), size, path)
  try {
    for (let left = size; left > 0; ) {
      if (!wire.isOpen) return
      signal.throwIfAborted()
      const room = wire.freeSpace()
      const length = await readInto(file, room, Math.min(left, room.length))
      // 0 means that the file has ended or can no longer be read.
      if (length === 0) throw changedError(path)
      hash.update(room.subarray(0, length))
      left -= length
      await wire.commit(length)
      onContent(length)
    }
  } finally {
    await file.close()
  }
  if (hash.digest('hex') !== sha256) throw changedError(path)
  await wire.append(paddingOf(size))
}

interface ContentReader {
  read(into: Buffer, length: number): number | Promise<number>
  close(): void | Promise<void>
}

async function readInto(file: ContentReader, into: Buffer, length: number): Promise<number> {
  try {
    return await file.read(into, length)
  } catch {
    return 0
  }
}

async function openReader(place: string | Buffer, size: number, path: string): Promise<ContentReader> {
  try {
    if (size <= smallFileBytes) {
      const file = openSync(place, 'r')
      return { read: (into, length) => readSync(file, into, 0, length, null), close: () => closeSync(file) }
    }
    const file = await open(place, 'r')
    return { read: async (into, length) => (await file.read(into, 0, length)).bytesRead, close: () => file.close() }
  } catch {
    throw changedError(path)
  }
}
