import type { Gate } from '../gate.ts'
import type { Connection } from './connection.ts'
import type { Destination } from './destination.ts'
import { EndedEarly, type EstablishOptions, establish } from './establish.ts'

/** Milliseconds before each further try, up to half of it more by chance, lest those that were turned away together come back together. */
const pauses = [200, 600, 1_500, 3_000]

/**
 * Connects, and tries again where the host hung up before anything was authenticated, as sshd does beyond MaxStartups. Once a
 * login has begun nothing is tried again: it may have had effects, and failures are counted against the user.
 */
export async function persist(destination: Destination, gates: readonly Gate[], options: EstablishOptions): Promise<Connection> {
  for (let tried = 0; ; tried++) {
    const leave: (() => void)[] = []
    try {
      for (const gate of gates) leave.push(await gate.enter())
      const began = performance.now()
      const connection = await establish(destination, options)
      const ms = Math.round(performance.now() - began)
      options.onEvent({ type: 'connected', host: destination.name, address: destination.place, ms })
      return connection
    } catch (error) {
      if (!(error instanceof EndedEarly)) throw error
      const pause = pauses[tried]
      if (pause === undefined || options.signal.aborted) throw error.failure
      const inMs = Math.round(pause * (1 + Math.random() / 2))
      options.onEvent({ type: 'retry', host: destination.name, message: `${destination.place} hung up before the login`, inMs })
      for (const each of leave.splice(0)) each()
      await pauseFor(inMs, options.signal)
    } finally {
      for (const each of leave) each()
    }
  }
}

function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
  })
}
