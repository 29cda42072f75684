import { writeSync } from 'node:fs'
import type { WriteStream } from 'node:tty'

/** Where a reporter writes: a terminal, a pipe or a file. In tests it is a list. */
export interface Output {
  readonly isTerminal: boolean
  readonly columns: number
  readonly rows: number
  write(text: string | Uint8Array): void
  /** Whether the reader has gone away. */
  readonly isGone?: boolean
  /** Writes synchronously, for the exit of the process. */
  now(text: string): void
  /** A promise while the reader is slower than the run. The producer of output waits for it. */
  pressure(): Promise<void> | undefined
  /** Resolves when all text has been written. */
  flush(): Promise<void>
  onResize(listener: () => void): () => void
}

/** If more output than this is waiting, the run is slowed down. */
const highWater = 256 * 1024

/**
 * Writes to stdout or stderr. If the reader goes away (`| head`), the output ends but the run continues: a deployment must not stop halfway
 * because nobody reads its output.
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
        // The reader or the terminal is gone, so there is nothing to restore.
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
    flush() {
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
