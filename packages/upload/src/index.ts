import type { CodeContext, UploadRequest } from '@dragonfab/core'

export { size } from './amounts.ts'
export { folderHash } from './folder/folder-hash.ts'
export { Progress } from './progress.ts'
export { type RunningScript, type ScriptEnd, startScript } from './send/script.ts'
export { TarJoin } from './tar/join.ts'

/** Sends the contents of a folder of this machine to a host. Rejects unless the host has all of it. */
export async function upload(request: UploadRequest, context: CodeContext): Promise<void> {
  const { uploadByTar } = await import('./send/tar.ts')
  await uploadByTar(request, context)
}
