import { gunzipSync } from 'node:zlib'

/** What a host says before it is sent anything. */
export interface HostAnswer {
  /** Whether it can unpack gzip. */
  readonly gzip: boolean
  /** Its list of the last upload, one character a byte; `''` for none. */
  readonly list: string
}

/** Reads a host's standard output: a line, a list of so many bytes, and at the end lines of its own. */
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

  /** Paths that have to be sent after all. */
  badPaths(): readonly string[] {
    return this.#buffer
      .toString('latin1')
      .split('\n')
      .flatMap((line) => (line.startsWith('bad ./') ? [line.slice('bad ./'.length)] : []))
  }
}

/** A list that is damaged is as good as none. */
function unpackList(list: Buffer, gzip: boolean): string {
  try {
    return (gzip && list.length ? gunzipSync(list) : list).toString('latin1')
  } catch {
    return ''
  }
}
