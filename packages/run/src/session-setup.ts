import { DragonfabError } from '@dragonfab/core'
import { joinLockScript, type LockAnswer, parseLockAnswer, takeLockScript } from './lock.ts'
import type { ScriptEnd, Session } from './session/session.ts'

export interface LockRequest {
  /** The holder's name, as a shell word. */
  readonly owner: string
  /** Takes the lock even if one was set by hand. */
  readonly overrideManual: boolean
}

/** Sets the run's variables without asking for the lock. A run that only reads needs no run directory either. */
export async function setVariables(session: Session, prelude: string): Promise<LockAnswer> {
  return toLockAnswer(await session.evaluate(`${prelude}\nDF_RUN=`))
}

/** Sets the run's variables and asks for the lock. */
export async function askForLock(session: Session, prelude: string, { owner, overrideManual }: LockRequest): Promise<LockAnswer> {
  let answer: LockAnswer | undefined
  const end = await session.evaluate(`${prelude}\nDF_OWNER=${owner}\nDF_ANYWAY=${overrideManual ? 'yes' : 'no'}\n${takeLockScript}`, {
    onMessage: (words) => {
      answer = parseLockAnswer(words)
    },
  })
  return answer ?? toLockAnswer(end)
}

/** Gives another user's session the run's variables and a share of the lock. */
export async function joinRun(
  session: Session,
  prelude: string,
  { host, user }: { readonly host: string; readonly user: string },
): Promise<void> {
  const ready = await session.evaluate(`${prelude}\n${joinLockScript}`)
  if (ready.status !== undefined) return
  throw new DragonfabError({
    code: 'SUDO_REFUSED',
    host,
    message: `steps cannot run as ${user}`,
    cause: ready.lost,
    remedy: `allow it in sudoers (NOPASSWD), or give the password with --ask-sudo-password`,
  })
}

function toLockAnswer(end: ScriptEnd): LockAnswer {
  return end.status === undefined ? { kind: 'failed', cause: end.lost } : { kind: 'locked' }
}
