import { closeSync } from 'node:fs'
import { type Archive, type ArchiveRequest, buildArchive } from './archive.ts'

const runs = new WeakMap<AbortSignal, Map<string, Promise<Archive>>>()
/** A file without a name goes when it is closed: at the latest when its run is forgotten. */
const finished = new FinalizationRegistry<number>((file) => closeSync(file))

/** One archive for all hosts of a run, made by whoever asks first. */
export function archiveOf(key: string, request: ArchiveRequest): Promise<Archive> {
  const run = runs.get(request.signal) ?? new Map<string, Promise<Archive>>()
  runs.set(request.signal, run)
  const known = run.get(key)
  if (known) return known
  const made = buildArchive(request)
  run.set(key, made)
  made.then(
    ({ file }) => finished.register(request.signal, file),
    () => run.delete(key),
  )
  return made
}
