/** What the session tells between the bytes of the steps. */
export type Mark = { readonly kind: string; readonly words: readonly string[] }

/**
 * Splits one stream of a session into output and marks. The nonce is what separates them, not the line: a shell that writes line by
 * line may let a background process in between the newline before a mark and the mark itself.
 * Output is passed on byte for byte, as soon as it cannot be the beginning of a mark.
 */
export class MarkReader {
  readonly #nonce: Buffer
  readonly #output: (chunk: Buffer) => void
  readonly #mark: (mark: Mark) => void
  #held: Buffer = Buffer.alloc(0)

  constructor(nonce: string, on: { readonly output: (chunk: Buffer) => void; readonly mark: (mark: Mark) => void }) {
    this.#nonce = Buffer.from(`${nonce} `)
    this.#output = on.output
    this.#mark = on.mark
  }

  push(chunk: Uint8Array): void {
    let rest = this.#held.length ? Buffer.concat([this.#held, chunk]) : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    for (;;) {
      const at = rest.indexOf(this.#nonce)
      if (at < 0) break
      const end = rest.indexOf(10, at)
      this.#emit(rest.subarray(0, at > 0 && rest[at - 1] === 10 ? at - 1 : at))
      if (end < 0) {
        this.#held = Buffer.from(rest.subarray(at))
        return
      }
      const [kind = '', ...words] = rest.toString('utf8', at + this.#nonce.length, end).split(' ')
      this.#mark({ kind, words })
      rest = rest.subarray(end + 1)
    }
    const keep = this.#beginning(rest)
    this.#emit(rest.subarray(0, rest.length - keep))
    this.#held = Buffer.from(rest.subarray(rest.length - keep))
  }

  /** What was held back, when no more can come. */
  end(): void {
    this.#emit(this.#held)
    this.#held = Buffer.alloc(0)
  }

  #emit(chunk: Buffer): void {
    if (chunk.length) this.#output(chunk)
  }

  /** How many bytes at the end could still become a newline and the nonce. */
  #beginning(bytes: Buffer): number {
    const most = Math.min(bytes.length, this.#nonce.length)
    for (let length = most; length > 0; length--) {
      const tail = bytes.subarray(bytes.length - length)
      const body = tail[0] === 10 ? tail.subarray(1) : tail
      if (body.length < this.#nonce.length && this.#nonce.subarray(0, body.length).equals(body)) return length
    }
    return 0
  }
}
