import { setTimeout as sleep } from 'node:timers/promises'
import type { Bus } from '@dragonfab/core'
import type { Connection } from './connection.ts'
import type { PartRef, PartResult } from './part-result.ts'

/** A network that was away for as long as this is found again. */
const defaultPatienceMs = 60_000

/**
 * A script was sent and its end was not received: it may have been done. Connects again, waits for the lock that the lost session
 * gives up, and reads what the session wrote down at the script's end. A written 0 is success; anything else is a failure that the
 * way back may follow; no connection leaves it unknown.
 */
export async function recoverPart(options: {
  readonly connection: Connection
  readonly at: PartRef
  readonly end: PartResult
  readonly bus: Bus
  /** How long to try, in milliseconds. */
  readonly patienceMs: number | undefined
  /** Ends the trying. */
  readonly abort: AbortSignal
  readonly reacquireLock: () => Promise<boolean>
  /** Told whether the host could be asked. */
  readonly onAnswer: (known: boolean) => unknown
}): Promise<PartResult> {
  const { connection, at, end, bus } = options
  bus.emit('note', { host: at.host, level: 'warning', message: 'the connection was lost; connecting again to see what happened' })
  const until = Date.now() + (options.patienceMs ?? defaultPatienceMs)
  for (let attempt = 1; !options.abort.aborted; attempt++) {
    try {
      await connection.reset()
      if (await options.reacquireLock()) {
        const status = await readWrittenStatus(connection, at.id)
        options.onAnswer(true)
        bus.emit('note', {
          host: at.host,
          level: 'info',
          message: status === undefined ? 'connected again: it was cut short' : `connected again: it had ended with status ${status}`,
        })
        return status === 0 ? { problems: [], lost: false, replan: false } : { ...end, lost: false }
      }
    } catch {
      // Told below, when no attempt has come through.
    }
    const wait = Math.min(1000 * attempt, 5000)
    if (Date.now() + wait > until) break
    await sleep(wait, undefined, { signal: options.abort }).catch(() => undefined)
  }
  options.onAnswer(false)
  return end
}

/** The status that the lost session wrote down for a script; undefined when it came to no end. */
async function readWrittenStatus(connection: Connection, id: string): Promise<number | undefined> {
  const output = await (await connection.session()).capture('cat "$DF_RUN/ended" 2>/dev/null || :')
  if (output.status === undefined) throw new Error(output.lost)
  const line = output.stdout.split('\n').findLast((each) => each.startsWith(`${id} `))
  return line === undefined ? undefined : Number(line.slice(id.length + 1))
}
