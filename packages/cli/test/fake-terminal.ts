import type { Output } from '../src/reporter/output.ts'

/** A terminal that understands what reporters use: lines that wrap, cursor up, erase to the end. Everything else would show as text. */
export class FakeTerminal implements Output {
  readonly isTerminal = true
  readonly log: string[] = []
  cursorHidden = false
  columns: number
  rows: number
  #cells: string[] = ['']
  #row = 0
  #column = 0
  readonly #listeners = new Set<() => void>()

  constructor(columns = 80, rows = 24) {
    this.columns = columns
    this.rows = rows
  }

  /** What stands on it, scrolled-off lines included. */
  get text(): string {
    return this.#cells
      .map((line) => line.trimEnd())
      .join('\n')
      .trimEnd()
  }

  write(text: string): void {
    this.log.push(text)
    for (const [piece] of text.matchAll(/\x1b\[[0-9;?]*[A-Za-z]|./gsu)) this.#piece(piece)
  }

  now(text: string): void {
    if (text) this.write(text)
  }

  pressure(): undefined {}

  flush(): Promise<void> {
    return Promise.resolve()
  }

  onResize(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Lines that no longer fit are wrapped, as terminals do. */
  resize(columns: number): void {
    const before = this.#cells.slice(0, this.#row)
    const rest = this.#cells.slice(this.#row)
    const wrap = (line: string): string[] =>
      Array.from({ length: Math.max(1, Math.ceil(line.trimEnd().length / columns)) }, (_, i) => line.slice(i * columns, (i + 1) * columns))
    const wrapped = before.flatMap(wrap)
    this.#cells = [...wrapped, ...rest]
    this.#row = wrapped.length
    this.columns = columns
    for (const listener of this.#listeners) listener()
  }

  #piece(piece: string): void {
    const up = /^\x1b\[(\d+)A$/.exec(piece)
    if (up) {
      const row = this.#row - Number(up[1])
      if (row < 0) throw new Error('the cursor was moved above the top')
      this.#row = row
    } else if (piece === '\x1b[J') this.#cells = [...this.#cells.slice(0, this.#row), (this.#cells[this.#row] ?? '').slice(0, this.#column)]
    else if (piece === '\x1b[?25l') this.cursorHidden = true
    else if (piece === '\x1b[?25h') this.cursorHidden = false
    else if (piece === '\r') this.#column = 0
    else if (piece === '\n') {
      this.#row++
      this.#column = 0
      this.#cells[this.#row] ??= ''
    } else if (/^\x1b\[[0-9;]*m$/.test(piece)) return
    else {
      if (this.#column >= this.columns) this.#piece('\n')
      const line = (this.#cells[this.#row] ?? '').padEnd(this.#column)
      this.#cells[this.#row] = line.slice(0, this.#column) + piece + line.slice(this.#column + piece.length)
      this.#column += piece.length
    }
  }
}

/** A pipe: keeps all that is written. */
export class FakePipe implements Output {
  readonly isTerminal = false
  readonly columns = 80
  readonly rows = 24
  text = ''
  write(text: string): void {
    this.text += text
  }
  now(text: string): void {
    this.text += text
  }
  pressure(): undefined {}
  flush(): Promise<void> {
    return Promise.resolve()
  }
  onResize(): () => void {
    return () => undefined
  }
}
