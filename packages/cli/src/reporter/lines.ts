/** Longer lines are cut, so that a line without an end does not fill the memory. */
const maxLineLength = 16_384

/** Splits a stream of text into lines. A carriage return overwrites the line, as progress bars do, and only its last state counts. */
export class LineBuffer {
  #open = ''

  /** Adds text and returns the lines that it completed. */
  push(text: string): readonly string[] {
    const pieces = (this.#open + text).split('\n')
    // Overwritten text is dropped at once, because a progress bar may run for hours.
    this.#open = sinceOverwritten(pieces.pop() ?? '')
    const lines = pieces.map(lastState)
    while (this.#open.length > maxLineLength) {
      lines.push(this.#open.slice(0, maxLineLength))
      this.#open = this.#open.slice(maxLineLength)
    }
    return lines
  }

  /** The text of the incomplete line. */
  get open(): string {
    return lastState(this.#open)
  }

  /** Returns the last line if it has no newline. */
  end(): readonly string[] {
    const rest = this.open
    this.#open = ''
    return rest ? [rest] : []
  }
}

/** The text after the last carriage return, except one at the very end: the next text shows whether that one overwrites or ends the line. */
function sinceOverwritten(line: string): string {
  return line.slice(line.lastIndexOf('\r', line.length - 2) + 1)
}

function lastState(line: string): string {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line
  return text.slice(text.lastIndexOf('\r') + 1)
}
