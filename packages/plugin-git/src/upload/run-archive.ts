import { closeSync } from 'node:fs'
import type { RunScope } from '@dragonfab/core'
import { type Archive, type ArchiveRequest, buildArchive } from './archive.ts'

/** A file without a name goes when it is closed: at the latest when its run is forgotten. */
const archiveFiles = new FinalizationRegistry<number>((file) => closeSync(file))

/** One archive for all hosts of a run, made by whoever asks first. */
export function archiveForRun(run: RunScope, key: string, request: ArchiveRequest): Promise<Archive> {
  return run.once(`git.archive ${key}`, async () => {
    const archive = await buildArchive(request)
    archiveFiles.register(run, archive.file)
    return archive
  })
}
