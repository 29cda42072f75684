import type { Duplex } from 'node:stream'

/**
 * Gathers what is written within one turn and hands it to the network at once. ssh2 writes each packet in three pieces (its length, its content, its
 * authentication), which without Nagle's algorithm are three packets on the wire and three calls of the system.
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
