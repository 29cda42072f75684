import { DragonfabError } from '@dragonfab/core'

const all = {
  missing: { code: 'DATA_MISSING', message: 'is not there', remedy: 'see data.dirs, data.base and data.here' },
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

export type Problem = keyof typeof all

/** What went wrong with a directory, in words that name it. */
export function problem(kind: Problem, place: { readonly name: string; readonly folder: string }, cause?: string): DragonfabError {
  const { code, message, remedy } = all[kind]
  const full = /No space left|quota exceeded/i.test(cause ?? '')
  return new DragonfabError({
    code: full ? 'DISK_FULL' : code,
    host: place.name,
    message: full ? `${place.folder}: the disk is full` : `${place.folder} ${message}`,
    ...(cause !== undefined && { cause }),
    remedy: full ? 'free some space there' : remedy,
  })
}
