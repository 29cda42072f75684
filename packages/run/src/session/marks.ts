/** A report of the session between the output of steps. */
export type Mark = { readonly kind: string; readonly words: readonly string[] }

/**
 * Splits one stream of a session into output and marks. A mark is a line that begins with a record separator and the nonce; it may be
 * anywhere, also within a line. Output is passed on byte for byte, as soon as it cannot be the beginning of a mark. So a mark begins with the
 * separator, which output rarely contains: if it began with a newline, the end of every line would wait for the next line.
 */
export class MarkReader {
  readonly #nonce: Buffer
  readonly #output: (chunk: Buffer) => void
  readonly #mark: (mark: Mark) => void
  #buffer: Buffer = Buffer.alloc(0)

  constructor(nonce: string, on: { readonly output: (chunk: Buffer) => void; readonly mark: (mark: Mark) => void }) {
    this.#nonce = Buffer.from(`\x1e${nonce} `)
    this.#output = on.output
    this.#mark = on.mark
  }

  push(chunk: Uint8Array): void {
    let rest = this.#buffer.length ? Buffer.concat([this.#buffer, chunk]) : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    for (;;) {
      const at = rest.indexOf(this.#nonce)
      if (at < 0) break
      const end = rest.indexOf(10, at)
      this.#emit(rest.subarray(0, at))
      if (end < 0) {
        this.#buffer = Buffer.from(rest.subarray(at))
        return
      }
      const [kind = '', ...words] = rest.toString('utf8', at + this.#nonce.length, end).split(' ')
      this.#mark({ kind, words })
      rest = rest.subarray(end + 1)
    }
    const keep = this.#partialLength(rest)
    this.#emit(rest.subarray(0, rest.length - keep))
    this.#buffer = Buffer.from(rest.subarray(rest.length - keep))
  }

  /** Passes on the bytes that were held back, when no more can come. */
  end(): void {
    this.#emit(this.#buffer)
    this.#buffer = Buffer.alloc(0)
  }

  #emit(chunk: Buffer): void {
    if (chunk.length) this.#output(chunk)
  }

  /** The number of bytes at the end that may be the beginning of the separator and the nonce. */
  #partialLength(bytes: Buffer): number {
    const at = bytes.lastIndexOf(0x1e)
    const tail = bytes.subarray(at)
    return at >= 0 && tail.length < this.#nonce.length && this.#nonce.subarray(0, tail.length).equals(tail) ? tail.length : 0
  }
}
