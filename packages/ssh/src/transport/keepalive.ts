import type { Duplex } from 'node:stream'
import type { Client } from 'ssh2'

/**
 * Notices a peer that is gone without a word: asks for a sign of life after `intervalMs` of silence, and calls `onDead` after
 * `count` silent intervals. Whatever arrives counts, so that a slow upload, behind which the question waits, is not taken for
 * a dead host. Gives the way to stop it.
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
 * A request that every server must answer (RFC 4254, 4) and that changes nothing: to end a forwarding that does not exist.
 * ssh2 has no public ping.
 */
export function sendProbe(client: Client, onAnswer: (answered: boolean) => void = () => undefined): void {
  try {
    client.unforwardIn('127.0.0.1', 1, (error) => onAnswer(!error || /unbind/i.test(error.message)))
  } catch {
    onAnswer(false)
  }
}
