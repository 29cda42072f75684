import type { Problem } from '@dragonfab/core'
import type { PlannedHost } from '@dragonfab/plan'
import { describeHolder, type LockAnswer } from './lock.ts'

/** The problem if a host's lock could not be taken. */
export function describeRejection(host: PlannedHost, answer: Exclude<LockAnswer, { kind: 'locked' }>): Problem {
  if (answer.kind === 'failed') return describeFailure(host, answer.cause)
  const holder = describeHolder(answer.holder, answer.ageSeconds)
  return answer.kind === 'hold'
    ? {
        code: 'LOCKED',
        host: host.name,
        message: `locked by hand by ${holder}`,
        remedy: 'to release it, run `dragonfab <environment> unlock`',
      }
    : {
        code: 'LOCKED',
        host: host.name,
        message: `locked by ${holder}`,
        remedy: 'wait for it (--lock-wait 60), or end that run on the machine where it was started',
      }
}

export function stateUnwritable(host: PlannedHost, cause: string | undefined): Problem {
  return {
    code: 'STATE_UNWRITABLE',
    host: host.name,
    message: `${host.stateDir} cannot be used`,
    cause,
    remedy: 'create the directory, make the deploying user its owner, and check that the disk is not full',
  }
}

function describeFailure(host: PlannedHost, cause: string): Problem {
  if (!/\bsudo: /.test(cause)) return stateUnwritable(host, cause)
  return {
    code: 'SUDO_REFUSED',
    host: host.name,
    message: 'steps cannot run as the other user',
    cause,
    remedy: 'allow it in sudoers (NOPASSWD), or give the password with --ask-sudo-password',
  }
}
