import { gunzipSync } from 'node:zlib'

/** What a host says before it is sent anything. */
export interface Answer {
  /** Whether it can unpack gzip. */
  readonly gzip: boolean
  /** Its list of the last upload, one character a byte; `''` for none. */
  readonly list: string
}

/** Reads a host's standard output: a line, a list of so many bytes, and at the end lines of its own. */
export class AnswerReader {
  readonly answer: Promise<Answer>
  #held = Buffer.alloc(0)
  #give: ((answer: Answer) => void) | undefined

  constructor() {
    this.answer = new Promise((resolve) => {
      this.#give = resolve
    })
  }

  push(chunk: Uint8Array): void {
    this.#held = Buffer.concat([this.#held, chunk])
    const newline = this.#held.indexOf(0x0a)
    if (!this.#give || newline < 0) return
    const [gzip, length] = this.#held.toString('latin1', 0, newline).split(' ')
    const end = newline + 1 + Number(length)
    if (this.#held.length < end) return
    const packed = this.#held.subarray(newline + 1, end)
    this.#held = this.#held.subarray(end)
    this.#give({ gzip: gzip === 'yes', list: unpacked(packed, gzip === 'yes') })
    this.#give = undefined
  }

  /** Paths that have to be sent after all. */
  bad(): readonly string[] {
    return this.#held
      .toString('latin1')
      .split('\n')
      .flatMap((line) => (line.startsWith('bad ./') ? [line.slice('bad ./'.length)] : []))
  }
}

/** A list that is damaged is as good as none. */
function unpacked(list: Buffer, gzip: boolean): string {
  try {
    return (gzip && list.length ? gunzipSync(list) : list).toString('latin1')
  } catch {
    return ''
  }
}
