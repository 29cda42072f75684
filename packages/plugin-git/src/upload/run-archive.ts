import { closeSync } from 'node:fs'
import { type Archive, type ArchiveRequest, buildArchive } from './archive.ts'

const archivesByRun = new WeakMap<AbortSignal, Map<string, Promise<Archive>>>()
/** A file without a name goes when it is closed: at the latest when its run is forgotten. */
const archiveFiles = new FinalizationRegistry<number>((file) => closeSync(file))

/** One archive for all hosts of a run, made by whoever asks first. */
export function archiveForRun(key: string, request: ArchiveRequest): Promise<Archive> {
  const run = archivesByRun.get(request.signal) ?? new Map<string, Promise<Archive>>()
  archivesByRun.set(request.signal, run)
  const existing = run.get(key)
  if (existing) return existing
  const archive = buildArchive(request)
  run.set(key, archive)
  archive.then(
    ({ file }) => archiveFiles.register(request.signal, file),
    () => run.delete(key),
  )
  return archive
}
