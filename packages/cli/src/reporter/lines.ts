/** A line that never ends is cut here, so that memory does not grow with it. */
const maxLineLength = 16_384

/** Cuts a stream of text into lines. A carriage return overwrites the line, as progress bars do, and only its last state counts. */
export class LineBuffer {
  #open = ''

  /** Lines that are complete now. */
  push(text: string): readonly string[] {
    const pieces = (this.#open + text).split('\n')
    // What was overwritten is gone at once: a progress bar may go on for hours.
    this.#open = sinceOverwritten(pieces.pop() ?? '')
    const lines = pieces.map(lastState)
    while (this.#open.length > maxLineLength) {
      lines.push(this.#open.slice(0, maxLineLength))
      this.#open = this.#open.slice(maxLineLength)
    }
    return lines
  }

  /** The text of the line that is not complete yet. */
  get open(): string {
    return lastState(this.#open)
  }

  /** The last line, when its end never came. */
  end(): readonly string[] {
    const rest = this.open
    this.#open = ''
    return rest ? [rest] : []
  }
}

/** From the last carriage return on that does not end it: what comes next tells whether that one overwrites, or ends a line. */
function sinceOverwritten(line: string): string {
  return line.slice(line.lastIndexOf('\r', line.length - 2) + 1)
}

function lastState(line: string): string {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line
  return text.slice(text.lastIndexOf('\r') + 1)
}
