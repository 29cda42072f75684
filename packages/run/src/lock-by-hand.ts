import { type Problem, quote } from '@dragonfab/core'
import type { PlannedHost } from '@dragonfab/plan'
import type { Connection } from './connection.ts'
import { describeHolder, type Holder } from './lock.ts'

/** Sets or ends a lock by hand on one host, under the lock of runs. Gives what went wrong. */
export async function setLockByHand(connection: Connection, host: PlannedHost, holder: Holder, on: boolean): Promise<Problem | undefined> {
  const owner = quote(JSON.stringify(holder))
  const { answer } = await connection.prepare(host, 'by-hand', new Map(), { owner, overrideManual: !on })
  const lockResult = await answer
  if (lockResult.kind === 'failed')
    return { code: 'STATE_UNWRITABLE', host: host.name, message: `${host.stateDir} cannot be used`, cause: lockResult.cause }
  if (lockResult.kind !== 'locked')
    return {
      code: 'LOCKED',
      host: host.name,
      message: `locked${lockResult.kind === 'hold' ? ' by hand' : ''} by ${describeHolder(lockResult.holder, lockResult.ageSeconds)}`,
    }
  const set = `printf '%s %s\\n' "$(date +%s)" ${owner} >"$DF_STATE/hold.new" && mv -f "$DF_STATE/hold.new" "$DF_STATE/hold"`
  const session = await connection.session()
  const end = await session.capture(on ? set : 'rm -f "$DF_STATE/hold"')
  await session.capture('rm -rf -- "$DF_RUN"')
  return end.status === 0
    ? undefined
    : { code: 'STATE_UNWRITABLE', host: host.name, message: `${host.stateDir} cannot be written`, cause: end.stderr || end.lost }
}
