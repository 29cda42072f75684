import { connect, type Socket } from 'node:net'
import type { HostConfig } from '../config/host-config.ts'

/**
 * A TCP connection that sends small packets at once from its first byte: with Nagle's algorithm each exec of ssh2 waits for a
 * delayed acknowledgement, some 40 ms twice.
 */
export function openTcp(
  config: Pick<HostConfig, 'hostname' | 'port' | 'addressFamily' | 'bindAddress'>,
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const socket = connect({
      host: config.hostname,
      port: config.port,
      noDelay: true,
      keepAlive: true,
      family: config.addressFamily,
      ...(config.bindAddress === undefined ? {} : { localAddress: config.bindAddress }),
      // Node's 250 ms for each address would rule out a host that is 300 ms away.
      autoSelectFamilyAttemptTimeout: 3_000,
    })
    const abort = () => socket.destroy(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    socket.once('error', reject)
    socket.once('close', () => signal.removeEventListener('abort', abort))
    socket.once('connect', () => {
      signal.removeEventListener('abort', abort)
      socket.off('error', reject)
      // Until the next listener is attached, an error must not end the process.
      socket.on('error', () => undefined)
      resolve(socket)
    })
  })
}
