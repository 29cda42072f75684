import type { Gate } from '../gate.ts'
import type { SshConnection } from './connection.ts'
import type { Destination } from './destination.ts'
import { EarlyEndError, type EstablishOptions, establishConnection } from './establish.ts'

/** Milliseconds before each retry. Up to half of it is added at random, so that connections that were refused together do not retry together. */
const retryPausesMs = [200, 600, 1_500, 3_000]

/**
 * Connects, and retries if the host closed the connection before anything was authenticated, as sshd does beyond MaxStartups. Once a login
 * has started there is no retry: it may have had effects, and hosts count failed logins.
 */
export async function connectWithRetries(
  destination: Destination,
  gates: readonly Gate[],
  options: EstablishOptions,
): Promise<SshConnection> {
  for (let attempt = 0; ; attempt++) {
    const leave: (() => void)[] = []
    try {
      for (const gate of gates) leave.push(await gate.enter())
      const began = performance.now()
      const connection = await establishConnection(destination, options)
      const ms = Math.round(performance.now() - began)
      options.onEvent({ type: 'connected', host: destination.name, address: destination.address, ms })
      return connection
    } catch (error) {
      if (!(error instanceof EarlyEndError)) throw error
      const pause = retryPausesMs[attempt]
      if (pause === undefined || options.signal.aborted) throw error.failure
      const inMs = Math.round(pause * (1 + Math.random() / 2))
      options.onEvent({
        type: 'retry',
        host: destination.name,
        message: `${destination.address} closed the connection before the login`,
        inMs,
      })
      for (const each of leave.splice(0)) each()
      await waitUnlessAborted(inMs, options.signal)
    } finally {
      for (const each of leave) each()
    }
  }
}

function waitUnlessAborted(ms: number, signal: AbortSignal): Promise<void> {
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
