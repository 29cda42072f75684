import { writeSync } from 'node:fs'
import type { WriteStream } from 'node:tty'

/** Where a reporter writes: a terminal, a pipe, a file; in tests a list. */
export interface Output {
  readonly isTerminal: boolean
  readonly columns: number
  readonly rows: number
  write(text: string | Uint8Array): void
  /** Nobody reads it any more. */
  readonly isGone?: boolean
  /** Before anything else happens: for the way out of the process. */
  now(text: string): void
  /** A promise while the reader is slower than the run; whoever produces output waits for it. */
  pressure(): Promise<void> | undefined
  /** Everything was handed over. */
  flushed(): Promise<void>
  onResize(listener: () => void): () => void
}

/** Above this much waiting output the run is held back. */
const highWater = 256 * 1024

/**
 * stdout or stderr. A reader that goes away (`| head`) ends the output, never the run: a deployment must not be left half-way because nobody
 * reads on.
 */
export function streamOutput(stream: NodeJS.WriteStream & { readonly fd: number }): Output {
  const terminal = stream as Partial<WriteStream>
  let gone = false
  stream.on('error', () => {
    gone = true
  })
  return {
    isTerminal: stream.isTTY === true,
    get isGone() {
      return gone
    },
    get columns() {
      return terminal.columns || 80
    },
    get rows() {
      return terminal.rows || 24
    },
    write(text) {
      if (!gone && text.length) stream.write(text)
    },
    now(text) {
      if (gone || !text) return
      try {
        writeSync(stream.fd, text)
      } catch {
        // Nobody reads, or the terminal is closed: there is nothing left to restore.
      }
    },
    pressure() {
      if (gone || stream.writableLength < highWater) return undefined
      return new Promise((resolve) => {
        const done = (): void => {
          stream.off('drain', done)
          stream.off('error', done)
          stream.off('close', done)
          resolve()
        }
        stream.on('drain', done)
        stream.on('error', done)
        stream.on('close', done)
      })
    },
    flushed() {
      if (gone || !stream.writableLength) return Promise.resolve()
      return new Promise((resolve) => {
        stream.once('error', () => resolve())
        stream.write('', () => resolve())
      })
    },
    onResize(listener) {
      stream.on('resize', listener)
      return () => stream.off('resize', listener)
    },
  }
}
