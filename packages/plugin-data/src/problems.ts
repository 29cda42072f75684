import { DragonfabError, exitStatuses, type StepFailure } from '@dragonfab/core'

/** Exit statuses of the listing script. Each message continues the directory's path. */
const statuses = exitStatuses({
  missing: {
    status: 66,
    code: 'DATA_MISSING',
    message: 'does not exist',
    remedy: 'check data.dirs, data.base and data.localFolder',
  },
  newline: {
    status: 67,
    code: 'DATA_UNREADABLE',
    message: 'contains a name with a newline',
    remedy: 'rename it, or move it out of the directory',
  },
})
export const { exitStatus } = statuses

const problems = {
  unreadable: {
    code: 'DATA_UNREADABLE',
    message: 'cannot be read',
    remedy: 'check that the user who runs the steps may read all of it; if a file vanished while it was read, run it again',
  },
  conflict: {
    code: 'DATA_CONFLICT',
    message: 'has a directory where the other side has a file, or the other way round',
    remedy: 'remove one of the two by hand',
  },
  cut: { code: 'DATA_FAILED', message: 'did not receive all files', remedy: 'nothing was replaced; run it again' },
  placing: {
    code: 'DATA_FAILED',
    message: 'received all files, but they cannot be put in place',
    remedy: 'see the cause, then run it again',
  },
} as const satisfies Readonly<Record<string, StepFailure>>

export type DataProblem = keyof typeof problems | keyof typeof exitStatus

const findProblem = (kind: DataProblem): StepFailure =>
  kind in exitStatus
    ? (statuses.failures[exitStatus[kind as keyof typeof exitStatus]] as StepFailure)
    : problems[kind as keyof typeof problems]

/** An error about a directory, with its name. */
export function createDataError(
  kind: DataProblem,
  directory: { readonly name: string; readonly folder: string },
  cause?: string,
): DragonfabError {
  const { code, message, remedy } = findProblem(kind)
  const isFull = /No space left|quota exceeded/i.test(cause ?? '')
  return new DragonfabError({
    code: isFull ? 'DISK_FULL' : code,
    host: directory.name,
    message: isFull ? `${directory.folder}: the disk is full` : `${directory.folder} ${message}`,
    ...(cause !== undefined && { cause }),
    remedy: isFull ? 'free some space' : remedy,
  })
}
