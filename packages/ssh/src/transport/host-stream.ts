import type { Duplex } from 'node:stream'
import type { SshConnection } from './connection.ts'
import type { Destination } from './destination.ts'
import { endedError } from './failures.ts'
import { gatherWrites } from './gather-writes.ts'
import { openProxyCommand } from './proxy-command.ts'
import { openTcp } from './tcp.ts'

/** A stream to a host, before the handshake. */
export interface HostStream {
  readonly stream: Duplex
  /** Rejects when the stream breaks or closes, even before anybody else listens to it. */
  readonly broken: Promise<never>
  /** Starts to record the first bytes. Call this after ssh2 has paused the stream, because a listener would make it flow. */
  noteFirstBytes(): void
  firstBytes(): string
  /** The standard error of a ProxyCommand, and how it failed. */
  proxyFailure(): string | undefined
}

/** Opens a stream to a host: through a jump host's connection, a ProxyCommand, or TCP. */
export async function openHostStream(destination: Destination, via: SshConnection | undefined, signal: AbortSignal): Promise<HostStream> {
  const { config } = destination
  const stream: Duplex & { failure?(): string | undefined } = via
    ? await forwardThrough(via, config, signal)
    : config.proxyCommand === undefined
      ? await openTcp(config, signal)
      : openProxyCommand(config.proxyCommand)
  let firstBytes = ''
  const broken = new Promise<never>((_, reject) => {
    stream.on('error', reject)
    stream.once('close', () => reject(endedError()))
    if (stream.destroyed) reject(endedError())
  })
  broken.catch(() => undefined)
  return {
    stream: gatherWrites(stream),
    broken,
    noteFirstBytes: () => {
      stream.on('data', function note(chunk: Buffer) {
        firstBytes += chunk.toString('latin1', 0, 256)
        if (firstBytes.length >= 256 || firstBytes.includes('SSH-')) stream.off('data', note)
      })
    },
    firstBytes: () => firstBytes,
    proxyFailure: () => stream.failure?.(),
  }
}

function forwardThrough(via: SshConnection, { hostname, port }: { hostname: string; port: number }, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    via.forward(hostname, port).then((channel) => (signal.aborted ? channel.close() : resolve(channel)), reject)
  })
}
