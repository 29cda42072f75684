import type { Output } from './output.ts'
import { truncateText, widthOf } from './text.ts'

/**
 * Permanent lines, and below them a live area that is redrawn. Live lines are cut so that none wraps. After a resize the height of the old
 * lines is counted again for the new width, so that exactly these lines are erased.
 */
export class Screen {
  readonly #output: Output
  #live: readonly string[] = []
  #hidden = false
  readonly #restore = (): void => this.#output.now(this.#eraseText() + this.#drawText())

  constructor(output: Output) {
    this.#output = output
    // Runs on every exit, including uncaught errors and signal handlers that call process.exit.
    process.once('exit', this.#restore)
  }

  /** In one write: erases the live area, adds lines above it, and draws it again. */
  draw(lines: readonly string[], live: readonly string[]): void {
    if (!lines.length && live.join('\n') === this.#live.join('\n')) return
    const fresh = live.slice(-Math.max(1, this.#output.rows - 1)).map((line) => truncateText(line, this.#output.columns - 1))
    const hide = fresh.length > 0 && !this.#hidden ? '\x1b[?25l' : ''
    const text = `${this.#eraseText()}${hide}${[...lines, ...fresh].map((line) => `${line}\n`).join('')}`
    this.#hidden ||= hide !== ''
    this.#live = fresh
    this.#output.write(text)
  }

  /** Erases the live area and shows the cursor, until the next draw. */
  clear(): void {
    this.#restore()
  }

  /** Clears for the last time. */
  close(): void {
    this.#restore()
    process.off('exit', this.#restore)
  }

  #eraseText(): string {
    const height = this.#live.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / Math.max(1, this.#output.columns))), 0)
    this.#live = []
    return height ? `\x1b[${height}A\r\x1b[J` : ''
  }

  #drawText(): string {
    const show = this.#hidden ? '\x1b[?25h' : ''
    this.#hidden = false
    return show
  }
}
