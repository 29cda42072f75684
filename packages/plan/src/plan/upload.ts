import { resolve } from 'node:path'
import { type CodeStep, code, type UploadRequest } from '@dragonfab/core'

/** Sends the contents of a folder of this machine into a folder of the host. A cut transfer is a failure. */
export function upload(request: UploadRequest, directory: string): CodeStep {
  const { from, include, exclude } = request
  return code(
    {
      name: 'upload',
      title: `upload ${from}`,
      args: request,
      uploads: request,
      inputs: (folderHash) => folderHash(resolve(directory, from), { include, exclude }),
    },
    (context) => context.upload(request),
  )
}
