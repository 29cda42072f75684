import { setTimeout as sleep } from 'node:timers/promises'
import type { Bus } from '@dragonfab/core'
import type { Connection } from './connection.ts'
import { type PartRef, type PartResult, succeeded } from './part-result.ts'

/** Most failed networks recover within this time. */
const defaultPatienceMs = 60_000

/**
 * Finds out how a script ended if its end was not received. Connects again, waits for the lock, which the lost session releases when it
 * notices, and reads the status that the session recorded. A recorded 0 is success, anything else is a failure that can be undone. If no
 * connection is possible, the host is unreachable.
 */
export async function recoverPart(options: {
  readonly connection: Connection
  readonly ref: PartRef
  readonly end: PartResult
  readonly bus: Bus
  /** How long to try, in milliseconds. */
  readonly patienceMs: number | undefined
  /** Stops trying. */
  readonly abort: AbortSignal
  readonly reacquireLock: () => Promise<boolean>
}): Promise<PartResult> {
  const { connection, ref, end, bus } = options
  bus.emit('note', { target: ref.target, level: 'warning', message: 'the connection was lost; connecting again to see what happened' })
  const until = Date.now() + (options.patienceMs ?? defaultPatienceMs)
  for (let attempt = 1; !options.abort.aborted; attempt++) {
    try {
      await connection.reset()
      if (await options.reacquireLock()) {
        const status = await readWrittenStatus(connection, ref.id)
        const message =
          status === undefined ? 'connected again: the step had not ended' : `connected again: the step had ended with status ${status}`
        bus.emit('note', { target: ref.target, level: 'info', message })
        return status === 0 ? succeeded : { ...end, lost: false }
      }
    } catch {
      // The caller reports the loss if no attempt succeeds.
    }
    const wait = Math.min(1000 * attempt, 5000)
    if (Date.now() + wait > until) break
    await sleep(wait, undefined, { signal: options.abort }).catch(() => undefined)
  }
  return { ...end, unreachable: true }
}

/** The status that the lost session recorded for a script. Undefined if the script did not reach its end. */
async function readWrittenStatus(connection: Connection, id: string): Promise<number | undefined> {
  const output = await (await connection.session()).capture('cat "$DF_RUN/ended" 2>/dev/null || :')
  if (output.status === undefined) throw new Error(output.lost)
  const line = output.stdout.split('\n').findLast((each) => each.startsWith(`${id} `))
  return line === undefined ? undefined : Number(line.slice(id.length + 1))
}
