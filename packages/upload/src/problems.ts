import { DragonfabError, type Problem } from '@dragonfab/core'
import { status } from './send/host-script.ts'
import type { ScriptEnd } from './send/script.ts'

/** A folder of this machine cannot be read. */
export function unreadable(from: string, error: unknown): DragonfabError {
  const { code, message } = error as NodeJS.ErrnoException
  const gone = code === 'ENOENT' || code === 'ENOTDIR'
  return new DragonfabError({
    code: 'UPLOAD_UNREADABLE',
    message: `${from} cannot be read on this machine`,
    cause: message,
    remedy: gone
      ? 'is it built, and is the path right? It is relative to the folder of the configuration'
      : 'give the user who deploys the right to read it, or exclude it',
  })
}

/** What is sent must be what was looked at: a half of one build and a half of the next is no release. */
export function changed(path: string): DragonfabError {
  return new DragonfabError({
    code: 'UPLOAD_CHANGED',
    message: `${shown(path)} changed while it was read`,
    remedy: 'is a build still running? Deploy again when it has ended, or exclude what changes all the time',
  })
}

/** A path for people: text where it is text. */
export const shown = (path: string): string => Buffer.from(path, 'latin1').toString()

/** What a host's end means that was no success. */
export function failed(from: string, to: string, host: string, { status: ended, lost, said }: ScriptEnd): DragonfabError {
  const cause = said || lost
  return new DragonfabError({ ...meaning(ended, said, `${from} did not arrive in ${to}`), host, ...(cause && { cause }) })
}

const again = 'deploy again; nothing live was changed'

function meaning(ended: number | undefined, said: string, what: string): Pick<Problem, 'code' | 'message' | 'remedy'> {
  if (ended === undefined) return { code: 'UPLOAD_CUT', message: `${what}: the connection was lost`, remedy: again }
  if (ended === status.noTar) return { code: 'TAR_MISSING', message: `${what}: tar is not installed there`, remedy: 'install tar' }
  if (/No space left|quota exceeded/i.test(said))
    return { code: 'DISK_FULL', message: `${what}: the disk is full`, remedy: `free some space there and ${again}` }
  if (/Permission denied|Read-only file system|Operation not permitted/.test(said))
    return {
      code: 'CANNOT_WRITE',
      message: `${what}: the user who deploys may not write there`,
      remedy: 'give the folder to that user (chown -R)',
    }
  if (ended === status.cut) return { code: 'UPLOAD_CUT', message: `${what} whole`, remedy: again }
  return { code: 'UPLOAD_FAILED', message: `${what} (status ${ended})`, remedy: 'see what the host said; nothing live was changed' }
}
