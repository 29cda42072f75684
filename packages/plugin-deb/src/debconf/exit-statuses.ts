import { exitStatuses } from '@dragonfab/core'

/** Exit statuses of the program that gives answers to debconf, and the problem that each means. */
export const { exitStatus, failures } = exitStatuses({
  incomplete: {
    status: 65,
    code: 'DEBCONF_FAILED',
    message: 'the answers could not be given to debconf',
    remedy: 'run it again',
  },
  absent: {
    status: 66,
    code: 'DEBCONF_ABSENT',
    message: 'the host has no debconf, so the answers would have no effect',
    remedy: 'run `apt-get install debconf` on the host',
  },
  unknown: {
    status: 67,
    code: 'DEBCONF_UNKNOWN',
    message: 'there are answers to questions that the package does not ask',
    remedy: 'correct the question’s name; for another package’s question write `package question type value`',
  },
  notStored: {
    status: 68,
    code: 'DEBCONF_NOT_KEPT',
    message: 'debconf changed or dropped an answer',
    remedy: 'remove NUL characters and carriage returns, which debconf cannot store',
  },
})
