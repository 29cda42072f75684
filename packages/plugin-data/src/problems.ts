import { DragonfabError } from '@dragonfab/core'

const problems = {
  missing: { code: 'DATA_MISSING', message: 'is not there', remedy: 'see data.dirs, data.base and data.localFolder' },
  unreadable: {
    code: 'DATA_UNREADABLE',
    message: 'cannot be read',
    remedy: 'may the user who runs the steps read all of it? A file that went meanwhile: run it again',
  },
  newline: { code: 'DATA_UNREADABLE', message: 'has a name with a newline in it', remedy: 'rename it, or move it out of the directory' },
  conflict: {
    code: 'DATA_CONFLICT',
    message: 'has a directory where a file belongs, or the other way round',
    remedy: 'remove one of the two by hand',
  },
  cut: { code: 'DATA_FAILED', message: 'did not get all of it', remedy: 'nothing was replaced there; run it again' },
  placing: { code: 'DATA_FAILED', message: 'got all of it, and cannot put it in place', remedy: 'see the cause; run it again' },
} as const

export type DataProblem = keyof typeof problems

/** What went wrong with a directory, in words that name it. */
export function createDataError(
  kind: DataProblem,
  directory: { readonly name: string; readonly folder: string },
  cause?: string,
): DragonfabError {
  const { code, message, remedy } = problems[kind]
  const full = /No space left|quota exceeded/i.test(cause ?? '')
  return new DragonfabError({
    code: full ? 'DISK_FULL' : code,
    host: directory.name,
    message: full ? `${directory.folder}: the disk is full` : `${directory.folder} ${message}`,
    ...(cause !== undefined && { cause }),
    remedy: full ? 'free some space there' : remedy,
  })
}
