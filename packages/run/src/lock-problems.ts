import type { Problem } from '@dragonfab/core'
import type { PlannedHost } from '@dragonfab/plan'
import { describeHolder, type LockAnswer } from './lock.ts'

/** Why a host's lock could not be taken. */
export function describeRejection(host: PlannedHost, answer: Exclude<LockAnswer, { kind: 'locked' }>): Problem {
  if (answer.kind === 'failed') return describeFailure(host, answer.cause)
  const holder = describeHolder(answer.holder, answer.ageSeconds)
  return answer.kind === 'hold'
    ? {
        code: 'LOCKED',
        host: host.name,
        message: `locked by hand by ${holder}`,
        remedy: 'release it with: dragonfab <environment> unlock',
      }
    : {
        code: 'LOCKED',
        host: host.name,
        message: `locked by ${holder}`,
        remedy: 'wait for it (--lock-wait 60), or end that run where it was started',
      }
}

export function stateUnwritable(host: PlannedHost, cause: string | undefined): Problem {
  return {
    code: 'STATE_UNWRITABLE',
    host: host.name,
    message: `${host.stateDir} cannot be used`,
    cause,
    remedy: 'create the directory, let the deploying user own it, and check that its disk is not full',
  }
}

function describeFailure(host: PlannedHost, cause: string): Problem {
  if (!/\bsudo: /.test(cause)) return stateUnwritable(host, cause)
  return {
    code: 'SUDO_REFUSED',
    host: host.name,
    message: 'steps cannot run as the other user',
    cause,
    remedy: 'allow it in sudoers (NOPASSWD), or give the password: --ask-sudo-password',
  }
}
