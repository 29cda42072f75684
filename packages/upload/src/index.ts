import type { CodeContext, UploadRequest } from '@dragonfab/core'
import type { UploadPrefetch } from './upload-prefetch.ts'

export { createPicker } from './folder/filter.ts'
export { folderHash } from './folder/folder-hash.ts'
export { formatSize } from './format-amounts.ts'
export { TransferProgress } from './progress.ts'
export { type CollectedScript, collectScript, type HostScriptEnd, type RunningScript, startScript } from './send/running-script.ts'
export { createTarFile, tarEnd } from './tar/entry.ts'
export { TarJoiner } from './tar/join.ts'
export { UploadPrefetch } from './upload-prefetch.ts'

/** Sends the contents of a folder on this machine to a host. Rejects unless the host has everything. */
export async function uploadFolder(request: UploadRequest, context: CodeContext, prefetch?: UploadPrefetch): Promise<void> {
  if (request.by === 'rsync') return (await import('./rsync/rsync.ts')).uploadByRsync(request, context)
  return (await import('./send/upload-by-tar.ts')).uploadByTar(request, context, prefetch)
}
