import type { CodeContext, UploadRequest } from '@dragonfab/core'
import type { UploadAhead } from './ahead.ts'

export { UploadAhead } from './ahead.ts'
export { size } from './amounts.ts'
export { pickerOf } from './folder/filter.ts'
export { folderHash } from './folder/folder-hash.ts'
export { Progress } from './progress.ts'
export { type RunningScript, type ScriptEnd, startScript } from './send/script.ts'
export { tarEnd, tarFile } from './tar/entry.ts'
export { TarJoin } from './tar/join.ts'

/** Sends the contents of a folder of this machine to a host. Rejects unless the host has all of it. `ahead`: what was done before. */
export async function upload(request: UploadRequest, context: CodeContext, ahead?: UploadAhead): Promise<void> {
  if (request.by === 'rsync') return (await import('./rsync/rsync.ts')).uploadByRsync(request, context)
  return (await import('./send/tar.ts')).uploadByTar(request, context, ahead)
}
