import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

const compressBlock = promisify(gzip)

/** Bytes that are compressed and written at once. */
const blockSize = 256 * 1024
/** Space for the compressed block, so that one call is enough: each further call would take a turn of another thread. */
const chunkSize = blockSize + 1024
/** The number of blocks in progress: being compressed, or waiting for earlier blocks. */
const parallelBlocks = 4
/** Bytes per millisecond. A faster connection sends more than compression produces. */
const fastBytesPerMs = 80_000
/** The number of blocks that are sent uncompressed after one that compression did not make smaller, as with images. */
const storedBlocks = 16

/**
 * Compresses a stream block by block, several at once, and writes the blocks in order. Each block is its own gzip member, and gzip unpacks them
 * as one stream. If the connection is faster than compression, or content does not shrink, members are stored. It needs only the memory of a
 * few blocks for any stream, because the writer waits for the host.
 */
export class Wire {
  /** The number of bytes that were sent. */
  sent = 0
  readonly #write: (data: Buffer) => Promise<boolean>
  readonly #gzip: boolean
  #block: Buffer = Buffer.allocUnsafe(blockSize)
  #used = 0
  readonly #spare: Buffer[] = []
  #turn: Promise<void> = Promise.resolve()
  readonly #waiting: Promise<void>[] = []
  /** The amount of recent writes, and the time that they took. */
  #recent = { bytes: 0, ms: 0 }
  #storedLeft = 0
  #stopped = false

  /** `write` resolves to false if the host no longer reads. */
  constructor(write: (data: Buffer) => Promise<boolean>, zip: boolean) {
    this.#write = write
    this.#gzip = zip
  }

  /** Whether the host still reads. */
  get isOpen(): boolean {
    return !this.#stopped
  }

  /** Space to read the next bytes into. Then call `took` with their number. */
  freeSpace(): Buffer {
    return this.#block.subarray(this.#used)
  }

  async commit(length: number): Promise<void> {
    this.#used += length
    if (this.#used === blockSize) await this.#flushBlock()
  }

  /** If it returns undefined, there is no need to wait. Awaiting three times for each of many small files would take time too. */
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

  /** Waits until everything is written. */
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
    // Old values fade, so that a connection that slows down is noticed.
    this.#recent = { bytes: bytes * 0.9 + data.length, ms: ms * 0.9 + (performance.now() - before) }
    this.sent += data.length
    this.#spare.push(block)
  }
}
