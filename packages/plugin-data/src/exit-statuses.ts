import { exitStatuses } from '@dragonfab/core'

/** Exit statuses of the listing script. Each message continues the directory's path. */
export const { exitStatus, failures } = exitStatuses({
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
