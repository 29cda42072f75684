import type { Duplex } from 'node:stream'

/**
 * Gathers all writes of one turn into a single write. ssh2 writes each packet in three pieces (length, content, authentication), which
 * without Nagle's algorithm would be three packets and three system calls.
 */
export function gatherWrites<Stream extends Duplex>(stream: Stream): Stream {
  const write = stream.write.bind(stream) as (...args: readonly unknown[]) => boolean
  let gathering = false
  const gather = (...args: readonly unknown[]): boolean => {
    if (!gathering) {
      gathering = true
      stream.cork()
      process.nextTick(() => {
        gathering = false
        stream.uncork()
      })
    }
    return write(...args)
  }
  return Object.assign(stream, { write: gather })
}
