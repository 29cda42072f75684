import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

const compressBlock = promisify(gzip)

/** Bytes that are packed and written at once. */
const blockSize = 256 * 1024
/** Room for what a block becomes, so that it is packed in one go: each further one is a turn of another thread. */
const chunkSize = blockSize + 1024
/** How many blocks may be on their way: being packed, or waiting for those before them. */
const parallelBlocks = 4
/** Bytes a millisecond above which the wire takes more than packing gives. */
const fastBytesPerMs = 80_000
/** Blocks that are sent as they are after one that did not become smaller, as with pictures. */
const storedBlocks = 16

/**
 * Packs a stream block by block, several at once, and writes them in order: each block is a gzip member of its own, which gzip unpacks as one stream.
 * Where the wire is faster than packing, and where content does not shrink, members are stored. Memory is that of a few blocks,
 * whatever the stream: who writes waits for the host.
 */
export class Wire {
  /** Bytes that went out. */
  sent = 0
  readonly #write: (data: Buffer) => Promise<boolean>
  readonly #gzip: boolean
  #block: Buffer = Buffer.allocUnsafe(blockSize)
  #used = 0
  readonly #spare: Buffer[] = []
  #turn: Promise<void> = Promise.resolve()
  readonly #waiting: Promise<void>[] = []
  /** What was written lately, and how long that took. */
  #recent = { bytes: 0, ms: 0 }
  #storedLeft = 0
  #stopped = false

  /** `write` gives false when the host no longer reads. */
  constructor(write: (data: Buffer) => Promise<boolean>, zip: boolean) {
    this.#write = write
    this.#gzip = zip
  }

  /** Whether what is written still arrives somewhere. */
  get isOpen(): boolean {
    return !this.#stopped
  }

  /** Room for the next bytes, to be read into; `took` tells how many there are now. */
  freeSpace(): Buffer {
    return this.#block.subarray(this.#used)
  }

  async commit(length: number): Promise<void> {
    this.#used += length
    if (this.#used === blockSize) await this.#flushBlock()
  }

  /** Where it gives nothing, nothing has to be waited for: to wait for nothing, thrice for each of many small files, takes its time too. */
  append(bytes: Buffer): Promise<void> | undefined {
    if (this.#used + bytes.length >= blockSize) return this.#appendFully(bytes)
    bytes.copy(this.#block, this.#used)
    this.#used += bytes.length
    return undefined
  }

  async #appendFully(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const copied = bytes.copy(this.#block, this.#used, at)
      at += copied
      await this.commit(copied)
    }
  }

  /** Waits until everything is handed over. */
  async end(): Promise<void> {
    if (this.#used) await this.#flushBlock()
    await this.#turn
  }

  async #flushBlock(): Promise<void> {
    const block = this.#block
    const ready = this.#pack(block.subarray(0, this.#used))
    ready.catch(() => undefined)
    const turn = this.#turn.then(async () => this.#writeOut(await ready, block))
    turn.catch(() => undefined)
    this.#turn = turn
    this.#waiting.push(turn)
    if (this.#waiting.length >= parallelBlocks) await this.#waiting.shift()
    this.#block = this.#spare.pop() ?? Buffer.allocUnsafe(blockSize)
    this.#used = 0
  }

  async #pack(data: Buffer): Promise<Buffer> {
    if (!this.#gzip) return data
    const { bytes, ms } = this.#recent
    if ((this.sent > 2 * blockSize && bytes > fastBytesPerMs * ms) || this.#storedLeft > 0) {
      this.#storedLeft--
      return compressBlock(data, { level: 0, chunkSize })
    }
    const small = await compressBlock(data, { level: 1, chunkSize })
    if (small.length > data.length * 0.95) this.#storedLeft = storedBlocks
    return small
  }

  async #writeOut(data: Buffer, block: Buffer): Promise<void> {
    const before = performance.now()
    if (!this.#stopped && !(await this.#write(data))) this.#stopped = true
    const { bytes, ms } = this.#recent
    // Old times fade, so that a wire that slows down is noticed.
    this.#recent = { bytes: bytes * 0.9 + data.length, ms: ms * 0.9 + (performance.now() - before) }
    this.sent += data.length
    this.#spare.push(block)
  }
}
