import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { type FolderEntry, pathOnDisk } from './walk.ts'
import { WorkTurns } from './work-turns.ts'

/** Files up to this size are read in one piece. */
const smallFileBytes = 256 * 1024
/** A small file that takes longer than this, in milliseconds, was not in memory. If most files are slow, several are read at once. A few are slow on any busy machine. */
const slowReadMs = 1
const slowShare = 0.6
const parallelReads = 8
/** Bytes of small files that are kept in memory, so that they need not be read again. */
const cacheBytes = 32 * 1024 * 1024

export interface FileHash {
  readonly sha256: string
  /** The content, only for small files, and only as long as the memory for them lasts. */
  readonly content?: Buffer | undefined
}

/** Looks up the hash of a file without reading it. */
export type HashLookup = (file: FolderEntry) => FileHash | undefined

/**
 * Hashes the content of every file with sha256, and keeps the content of small files. Files that are in the page cache are read synchronously:
 * passing 5,000 small files to other threads takes three times as long (175 instead of 65 ms, measured). On a slow disk or network, several
 * files are read at once. Files that are `known` are not read.
 */
export async function hashContents(
  folder: string,
  files: readonly FolderEntry[],
  signal: AbortSignal,
  lookup: HashLookup,
): Promise<ReadonlyMap<string, FileHash>> {
  const hashes = new Map<string, FileHash>()
  const buffer = Buffer.allocUnsafe(smallFileBytes)
  const waiting: FolderEntry[] = []
  const turns = new WorkTurns(signal)
  let slow = 0
  let kept = 0
  for (const file of files) {
    const already = lookup(file)
    if (already !== undefined) {
      hashes.set(file.path, already)
      continue
    }
    if (file.size > smallFileBytes || slow > slowShare) {
      waiting.push(file)
      continue
    }
    const before = performance.now()
    const hashed = hashAtOnce(pathOnDisk(folder, file.path), file, buffer, kept + file.size <= cacheBytes)
    hashes.set(file.path, hashed)
    kept += hashed.content?.length ?? 0
    slow = slow * 0.9 + (performance.now() - before > slowReadMs ? 0.1 : 0)
    if (turns.isOver()) await turns.waitForNext()
  }
  let next = 0
  const work = async (): Promise<void> => {
    for (let file = waiting[next++]; file; file = waiting[next++])
      hashes.set(file.path, { sha256: await hashInBackground(pathOnDisk(folder, file.path), signal) })
  }
  // Large files share the cores. More at once would only use more memory.
  const workers = waiting.some(({ size }) => size <= smallFileBytes) ? parallelReads : 2
  await Promise.all(Array.from({ length: workers }, work))
  return hashes
}

function hashAtOnce(path: string | Buffer, { size }: FolderEntry, buffer: Buffer, keep: boolean): FileHash {
  const hash = createHash('sha256')
  const file = openSync(path, 'r')
  try {
    let length = readSync(file, buffer)
    const whole = length < buffer.length
    // The content is kept only if it has the size that its header will have.
    const content = keep && whole && length === size ? Buffer.from(buffer.subarray(0, length)) : undefined
    hash.update(buffer.subarray(0, length))
    while (!whole && length > 0) {
      length = readSync(file, buffer)
      hash.update(buffer.subarray(0, length))
    }
    return { sha256: hash.digest('hex'), content }
  } finally {
    closeSync(file)
  }
}

async function hashInBackground(path: string | Buffer, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  const file = await open(path, 'r')
  const buffer = Buffer.allocUnsafe(smallFileBytes)
  try {
    for (;;) {
      signal.throwIfAborted()
      const { bytesRead } = await file.read(buffer, 0, buffer.length)
      if (bytesRead === 0) break
      hash.update(buffer.subarray(0, bytesRead))
    }
  } finally {
    await file.close()
  }
  return hash.digest('hex')
}
