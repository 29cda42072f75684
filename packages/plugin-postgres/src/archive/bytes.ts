import { damaged } from './damaged.ts'

/** Takes a stream of bytes apart, in order. */
export class Bytes {
  readonly #source: AsyncIterator<Uint8Array>
  #held: Buffer = Buffer.alloc(0)
  #at = 0
  /** How many bytes were taken. */
  taken = 0

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** Whether `count` more bytes are there; at the end of the stream they may not be. */
  async has(count: number): Promise<boolean> {
    if (this.#held.length - this.#at >= count) return true
    const parts = [this.#held.subarray(this.#at)]
    let length = this.#held.length - this.#at
    let ended = false
    while (length < count && !ended) {
      const next = await this.#source.next()
      ended = next.done === true
      if (next.done) continue
      parts.push(Buffer.from(next.value.buffer, next.value.byteOffset, next.value.length))
      length += next.value.length
    }
    this.#held = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
    this.#at = 0
    return length >= count
  }

  /** Exactly `count` bytes; a stream that ends before them is cut. */
  async take(count: number): Promise<Buffer> {
    if (this.#held.length - this.#at < count && !(await this.has(count))) throw damaged('it ends in the middle')
    const bytes = this.#held.subarray(this.#at, this.#at + count)
    this.#at += count
    this.taken += count
    return bytes
  }

  /** What follows the bytes that were taken. */
  async *rest(): AsyncGenerator<Uint8Array> {
    if (this.#at < this.#held.length) yield this.#held.subarray(this.#at)
    this.#held = Buffer.alloc(0)
    this.#at = 0
    for (;;) {
      const next = await this.#source.next()
      if (next.done) return
      yield next.value
    }
  }
}
