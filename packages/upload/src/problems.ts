import { DragonfabError, type Problem } from '@dragonfab/core'
import { hostStatus } from './send/host-script.ts'
import type { HostScriptEnd } from './send/running-script.ts'

/** The error for a folder on this machine that cannot be read. */
export function unreadableError(from: string, error: unknown): DragonfabError {
  const { code, message } = error as NodeJS.ErrnoException
  const gone = code === 'ENOENT' || code === 'ENOTDIR'
  return new DragonfabError({
    code: 'UPLOAD_UNREADABLE',
    message: `${from} cannot be read on this machine`,
    cause: message,
    remedy: gone
      ? 'check that it was built, and check the path, which is relative to the configuration’s folder'
      : 'make it readable for the deploying user, or exclude it',
  })
}

/** The error for a file that changed between hashing and sending: a mixture of two builds is not a release. */
export function changedError(path: string): DragonfabError {
  return new DragonfabError({
    code: 'UPLOAD_CHANGED',
    message: `${displayPath(path)} changed while it was being read`,
    remedy: 'wait until the build has ended and deploy again, or exclude files that change constantly',
  })
}

/** A path as text, for messages. */
export const displayPath = (path: string): string => Buffer.from(path, 'latin1').toString()

/** The error for an upload that the host did not finish. */
export function failedError(from: string, to: string, host: string, { status: ended, lost, said }: HostScriptEnd): DragonfabError {
  const cause = said || lost
  return new DragonfabError({ ...describeEnd(ended, said, `${from} did not arrive in ${to}`), host, ...(cause && { cause }) })
}

const retryRemedy = 'deploy again; nothing live was changed'

function describeEnd(ended: number | undefined, said: string, what: string): Pick<Problem, 'code' | 'message' | 'remedy'> {
  if (ended === undefined) return { code: 'UPLOAD_CUT', message: `${what}: the connection was lost`, remedy: retryRemedy }
  if (ended === hostStatus.noTar)
    return { code: 'TAR_MISSING', message: `${what}: tar is not installed on the host`, remedy: 'install tar' }
  if (/No space left|quota exceeded/i.test(said))
    return { code: 'DISK_FULL', message: `${what}: the disk is full`, remedy: `free some space on the host, then ${retryRemedy}` }
  if (/Permission denied|Read-only file system|Operation not permitted/.test(said))
    return {
      code: 'CANNOT_WRITE',
      message: `${what}: the deploying user cannot write to it`,
      remedy: 'make that user the owner of the folder (chown -R)',
    }
  if (ended === hostStatus.cut) return { code: 'UPLOAD_CUT', message: `${what} whole`, remedy: retryRemedy }
  return { code: 'UPLOAD_FAILED', message: `${what} (status ${ended})`, remedy: 'check the output of the host; nothing live was changed' }
}
