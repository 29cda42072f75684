/** `up` is from the client to the server. */
export type Direction = 'up' | 'down'

/** What is about to be handed on. */
export interface PassingBytes {
  readonly direction: Direction
  readonly bytes: Buffer
  /** Bytes that this connection has handed on in this direction before. */
  readonly before: number
  /** Which connection of the proxy, from 0. */
  readonly connection: number
}

/**
 * What goes wrong, and when. Without `after` and `when`: at once, on every open connection.
 * It fires once; inject it again to have it again.
 */
export interface Fault {
  /**
   * - `fin`: both sides are closed in an orderly way, after all that was handed on.
   * - `rst`: both sides are reset. What the receiver had not read yet may be lost to it.
   * - `stall`: a black hole. Both sides stay open, and nothing passes any more until {@link TcpProxy.resume}.
   */
  readonly how: 'fin' | 'rst' | 'stall'
  /** Exactly so many bytes of one connection are handed on in this direction, and no more. */
  readonly after?: { readonly direction: Direction; readonly bytes: number } | undefined
  /** Asked for every chunk: whether the fault fires, before the chunk is handed on or after. */
  readonly when?: ((passing: PassingBytes) => false | 'before' | 'after') | undefined
}

/** How many bytes of a chunk pass before a fault fires, or `undefined` where it does not. */
export function bytesUntil(fault: Fault, passing: PassingBytes): number | undefined {
  if (fault.when) {
    const answer = fault.when(passing)
    return answer === false ? undefined : answer === 'before' ? 0 : passing.bytes.length
  }
  if (!fault.after || fault.after.direction !== passing.direction) return undefined
  const left = fault.after.bytes - passing.before
  return left <= passing.bytes.length ? Math.max(0, left) : undefined
}
