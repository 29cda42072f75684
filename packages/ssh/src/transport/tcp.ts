import { connect, type Socket } from 'node:net'
import type { HostConfig } from '../config/host-config.ts'

/**
 * Opens a TCP connection without Nagle's algorithm. With it, each exec of ssh2 would wait twice for a delayed acknowledgement of about 40 ms.
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
      // With Node's limit of 250 ms per address, a host with a round trip of 300 ms could not be reached.
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
