import type { Readable } from 'node:stream'
import type { ClientChannel } from 'ssh2'

type Take = (stream: 'stdout' | 'stderr', chunk: Uint8Array) => void | Promise<void>

/** The output of a channel, handed on in order and as fast as it is taken. */
export interface Output {
  /** Resolves when both streams have ended and all was taken; rejects when taking failed. */
  readonly ended: Promise<void>
  /** When a chunk last came; while one is being taken: now. */
  lastAt(): number
  /** Takes no more: what still comes is thrown away. */
  drop(): void
}

export function pump(channel: ClientChannel, take: Take | undefined): Output {
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
  const failed = (error: unknown) => {
    taking = false
    drop()
    fail(error)
  }
  const work = () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      let held: void | Promise<void>
      try {
        held = consumer?.(...next)
      } catch (error) {
        return failed(error)
      }
      if (!held) continue
      taking = true
      // What is not read is not acknowledged, so the host stops sending when the window is full.
      for (const stream of streams) stream.pause()
      held.then(() => {
        taking = false
        last = performance.now()
        for (const stream of streams) stream.resume()
        work()
      }, failed)
      return
    }
    if (open === 0) finish()
  }
  streams.forEach((stream, index) => {
    stream.on('data', (chunk: Buffer) => {
      last = performance.now()
      if (!consumer) return
      queue.push([index === 0 ? 'stdout' : 'stderr', chunk])
      if (!taking) work()
    })
    stream.on('error', () => undefined)
    stream.once('end', () => {
      open--
      if (!taking) work()
    })
  })
  return { ended, lastAt: () => (taking ? performance.now() : last), drop }
}
