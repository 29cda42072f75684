import { damagedError } from './dump-errors.ts'

/** Reads pieces of a stream of bytes, in order. */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>
  #buffer: Buffer = Buffer.alloc(0)
  #offset = 0
  /** How many bytes were read. */
  takenCount = 0

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** Whether the stream has `count` more bytes. */
  async hasBytes(count: number): Promise<boolean> {
    if (this.#buffer.length - this.#offset >= count) return true
    const parts = [this.#buffer.subarray(this.#offset)]
    let length = this.#buffer.length - this.#offset
    let isAtEnd = false
    while (length < count && !isAtEnd) {
      const next = await this.#source.next()
      isAtEnd = next.done === true
      if (next.done) continue
      parts.push(Buffer.from(next.value.buffer, next.value.byteOffset, next.value.length))
      length += next.value.length
    }
    this.#buffer = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
    this.#offset = 0
    return length >= count
  }

  /** Exactly `count` bytes. If the stream ends before them, the dump is incomplete. */
  async take(count: number): Promise<Buffer> {
    if (this.#buffer.length - this.#offset < count && !(await this.hasBytes(count))) throw damagedError('it is cut off')
    const bytes = this.#buffer.subarray(this.#offset, this.#offset + count)
    this.#offset += count
    this.takenCount += count
    return bytes
  }

  /** The rest of the stream. */
  async *readRest(): AsyncGenerator<Uint8Array> {
    if (this.#offset < this.#buffer.length) yield this.#buffer.subarray(this.#offset)
    this.#buffer = Buffer.alloc(0)
    this.#offset = 0
    for (;;) {
      const next = await this.#source.next()
      if (next.done) return
      yield next.value
    }
  }
}
