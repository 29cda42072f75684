import type { Readable } from 'node:stream'
import type { ClientChannel } from 'ssh2'

type OutputConsumer = (stream: 'stdout' | 'stderr', chunk: Uint8Array) => void | Promise<void>

/** The output of a channel, passed on in order and as fast as the receiver accepts it. */
export interface ChannelOutput {
  /** Resolves when both streams have ended and their output was received. Rejects if the receiver fails. */
  readonly ended: Promise<void>
  /** The time when the last chunk arrived. While a chunk is being processed: now. */
  lastAt(): number
  /** Discards all further output. */
  drop(): void
}

export function pumpOutput(channel: ClientChannel, take: OutputConsumer | undefined): ChannelOutput {
  const queue: (readonly ['stdout' | 'stderr', Buffer])[] = []
  const streams: readonly Readable[] = [channel, channel.stderr]
  let consumer = take
  let taking = false
  let open = streams.length
  let last = performance.now()
  let finish: () => void = () => undefined
  let fail: (error: unknown) => void = () => undefined
  const ended = new Promise<void>((resolve, reject) => {
    finish = resolve
    fail = reject
  })
  const drop = () => {
    consumer = undefined
    queue.length = 0
    for (const stream of streams) stream.resume()
  }
  const onConsumerError = (error: unknown) => {
    taking = false
    drop()
    fail(error)
  }
  const drainQueue = () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      let pending: void | Promise<void>
      try {
        pending = consumer?.(...next)
      } catch (error) {
        return onConsumerError(error)
      }
      if (!pending) continue
      taking = true
      // Unread data is not acknowledged, so the host stops sending when the window is full.
      for (const stream of streams) stream.pause()
      pending.then(() => {
        taking = false
        last = performance.now()
        for (const stream of streams) stream.resume()
        drainQueue()
      }, onConsumerError)
      return
    }
    if (open === 0) finish()
  }
  streams.forEach((stream, index) => {
    stream.on('data', (chunk: Buffer) => {
      last = performance.now()
      if (!consumer) return
      queue.push([index === 0 ? 'stdout' : 'stderr', chunk])
      if (!taking) drainQueue()
    })
    stream.on('error', () => undefined)
    stream.once('end', () => {
      open--
      if (!taking) drainQueue()
    })
  })
  return { ended, lastAt: () => (taking ? performance.now() : last), drop }
}
