import { type Problem, quote } from '@dragonfab/core'
import type { PlannedHost } from '@dragonfab/plan'
import type { Connection } from './connection.ts'
import { describeHolder, type Holder } from './lock.ts'

/** Sets or ends a lock by hand on one host, under the lock of runs. Gives what went wrong. */
export async function setLockByHand(connection: Connection, host: PlannedHost, holder: Holder, on: boolean): Promise<Problem | undefined> {
  const owner = quote(JSON.stringify(holder))
  const { answer } = await connection.prepare(host, 'by-hand', new Map(), { owner, anyway: !on })
  const got = await answer
  if (got.kind === 'failed')
    return { code: 'STATE_UNWRITABLE', host: host.name, message: `${host.stateDir} cannot be used`, cause: got.cause }
  if (got.kind !== 'locked')
    return {
      code: 'LOCKED',
      host: host.name,
      message: `locked${got.kind === 'hold' ? ' by hand' : ''} by ${describeHolder(got.holder, got.ageSeconds)}`,
    }
  const set = `printf '%s %s\\n' "$(date +%s)" ${owner} >"$STATE/hold.new" && mv -f "$STATE/hold.new" "$STATE/hold"`
  const session = await connection.session()
  const end = await session.ask(on ? set : 'rm -f "$STATE/hold"')
  await session.ask('rm -rf -- "$RUN"')
  return end.status === 0
    ? undefined
    : { code: 'STATE_UNWRITABLE', host: host.name, message: `${host.stateDir} cannot be written`, cause: end.stderr || end.lost }
}
