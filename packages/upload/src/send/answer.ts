import { gunzipSync } from 'node:zlib'

/** The answer of a host before anything is sent. */
export interface HostAnswer {
  /** Whether it can unpack gzip. */
  readonly gzip: boolean
  /** Its list of the last upload. Each character is a byte. `''` if there is none. */
  readonly list: string
}

/** Reads a host's standard output: a line, a list of the length in that line, and more lines at the end. */
export class AnswerReader {
  readonly answer: Promise<HostAnswer>
  #buffer = Buffer.alloc(0)
  #resolve: ((answer: HostAnswer) => void) | undefined

  constructor() {
    this.answer = new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  push(chunk: Uint8Array): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk])
    const newline = this.#buffer.indexOf(0x0a)
    if (!this.#resolve || newline < 0) return
    const [gzip, length] = this.#buffer.toString('latin1', 0, newline).split(' ')
    const end = newline + 1 + Number(length)
    if (this.#buffer.length < end) return
    const packed = this.#buffer.subarray(newline + 1, end)
    this.#buffer = this.#buffer.subarray(end)
    this.#resolve({ gzip: gzip === 'yes', list: unpackList(packed, gzip === 'yes') })
    this.#resolve = undefined
  }

  /** Paths of files that the host could not reuse, so they have to be sent. */
  badPaths(): readonly string[] {
    return this.#buffer
      .toString('latin1')
      .split('\n')
      .flatMap((line) => (line.startsWith('bad ./') ? [line.slice('bad ./'.length)] : []))
  }
}

/** A damaged list counts as an empty one. */
function unpackList(list: Buffer, gzip: boolean): string {
  try {
    return (gzip && list.length ? gunzipSync(list) : list).toString('latin1')
  } catch {
    return ''
  }
}
