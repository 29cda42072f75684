import type { Duplex } from 'node:stream'
import type { Client } from 'ssh2'

/**
 * Notices a host that went away without closing the connection: sends a probe after `intervalMs` of silence, and calls `onDead` after
 * `count` silent intervals. All received data counts, so that a slow upload, which delays the probe, does not look like a dead host.
 * Returns a function that stops it.
 */
export function startKeepalive(
  client: Client,
  stream: Duplex,
  options: { intervalMs: number; count: number; onDead: () => void },
): () => void {
  let heard = true
  let silent = 0
  const noteData = () => {
    heard = true
  }
  stream.on('data', noteData)
  const timer = setInterval(() => {
    if (heard) silent = 0
    else if (++silent >= options.count) return options.onDead()
    else sendProbe(client)
    heard = false
  }, options.intervalMs)
  return () => {
    clearInterval(timer)
    stream.off('data', noteData)
  }
}

/**
 * Sends a request that every server must answer (RFC 4254, 4) and that changes nothing: to end a forwarding that does not exist. ssh2 has
 * no public ping.
 */
export function sendProbe(client: Client, onAnswer: (answered: boolean) => void = () => undefined): void {
  try {
    client.unforwardIn('127.0.0.1', 1, (error) => onAnswer(!error || /unbind/i.test(error.message)))
  } catch {
    onAnswer(false)
  }
}
