const keptLines = 20

/** The last lines of an output of any length. */
export class OutputTail {
  #text = ''
  #stream = ''
  readonly #owedNewlines = new Set<string>()

  /** Merges two streams of one step. If one stream prints while the other has an unfinished line, that line is ended and its own newline is dropped. */
  push(text: string, stream = ''): void {
    let more = text
    if (stream !== this.#stream && this.#text !== '' && !this.#text.endsWith('\n')) {
      this.#text += '\n'
      this.#owedNewlines.add(this.#stream)
    }
    this.#stream = stream
    if (this.#owedNewlines.delete(stream) && more.startsWith('\n')) more = more.slice(1)
    this.#text += more
    if (this.#text.length > 16_384) this.#text = this.#text.slice(-8192)
  }

  text(): string {
    return this.#text.trimEnd().split('\n').slice(-keptLines).join('\n').trim()
  }
}

/** The last line of a failure's output, which usually has its cause. */
export function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? ''
}
