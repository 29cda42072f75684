import { DragonfabError } from '@dragonfab/core'

const problems = {
  missing: { code: 'DATA_MISSING', message: 'does not exist', remedy: 'check data.dirs, data.base and data.localFolder' },
  unreadable: {
    code: 'DATA_UNREADABLE',
    message: 'cannot be read',
    remedy: 'may the user who runs the steps read all of it? If a file vanished while it was read, run it again',
  },
  newline: { code: 'DATA_UNREADABLE', message: 'contains a name with a newline', remedy: 'rename it, or move it out of the directory' },
  conflict: {
    code: 'DATA_CONFLICT',
    message: 'has a directory where the other side has a file, or the other way round',
    remedy: 'remove one of the two by hand',
  },
  cut: { code: 'DATA_FAILED', message: 'did not receive all files', remedy: 'nothing was replaced; run it again' },
  placing: { code: 'DATA_FAILED', message: 'received all files, but cannot put them in place', remedy: 'see the cause; run it again' },
} as const

export type DataProblem = keyof typeof problems

/** An error about a directory, with its name. */
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
    remedy: full ? 'free some space' : remedy,
  })
}
