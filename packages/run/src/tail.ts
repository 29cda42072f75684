const keptLines = 20

/** The last lines of an output of any length. */
export class Tail {
  #text = ''

  push(text: string): void {
    this.#text += text
    if (this.#text.length > 16_384) this.#text = this.#text.slice(-8192)
  }

  text(): string {
    return this.#text.trimEnd().split('\n').slice(-keptLines).join('\n').trim()
  }
}

/** What people read first of a failure's output. */
export function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? ''
}
