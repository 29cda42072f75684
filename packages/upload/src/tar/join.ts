import { Transform, type TransformCallback } from 'node:stream'
import { isEndBlock, nameOf, padToBlock, sizeOf, tarBlockSize, typeOf } from './header.ts'
import { longName, paxRecords, withNames } from './tar-names.ts'

/**
 * Joins several tar streams that `git archive` wrote one after the other, removes leading folders from names, and writes long names as GNU tar
 * does (headers `L` and `K`), which every tar reads, instead of pax headers, which busybox does not read. A stream that ends within an entry
 * is an error.
 */
export class TarJoiner extends Transform {
  readonly #strip: number
  #buffer = Buffer.alloc(0)
  /** The remaining bytes of the current entry's content, including padding. */
  #remaining = 0
  #mode: 'through' | 'away' | 'records' = 'away'
  #records = Buffer.alloc(0)
  #pax: ReadonlyMap<string, Buffer> = new Map()

  constructor(strip: number) {
    super()
    this.#strip = strip
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      this.#consume(this.#buffer.length ? Buffer.concat([this.#buffer, chunk]) : chunk)
      done()
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)))
    }
  }

  override _flush(done: TransformCallback): void {
    if (this.#remaining || this.#buffer.length || this.#pax.size) done(new Error('the archive ends too early'))
    else done(null, Buffer.alloc(2 * tarBlockSize))
  }

  #consume(bytes: Buffer): void {
    let at = 0
    while (at < bytes.length) {
      if (this.#remaining) {
        const part = bytes.subarray(at, at + this.#remaining)
        this.#content(part)
        this.#remaining -= part.length
        at += part.length
        if (!this.#remaining && this.#mode === 'records') this.#pax = paxRecords(this.#records)
      } else if (bytes.length - at < tarBlockSize) {
        break
      } else {
        this.#header(bytes.subarray(at, at + tarBlockSize))
        at += tarBlockSize
      }
    }
    this.#buffer = Buffer.from(bytes.subarray(at))
  }

  #content(part: Buffer): void {
    if (this.#mode === 'through') this.push(part)
    else if (this.#mode === 'records') this.#records = Buffer.concat([this.#records, part])
  }

  #header(header: Buffer): void {
    if (isEndBlock(header)) return
    const size = this.#pax.has('size') ? Number(this.#pax.get('size')) : sizeOf(header)
    if (!Number.isSafeInteger(size) || size < 0) throw new Error('the archive is damaged')
    this.#remaining = padToBlock(size)
    const type = typeOf(header)
    if (type === 'g' || type === 'x') {
      this.#mode = type === 'g' ? 'away' : 'records'
      this.#records = Buffer.alloc(0)
      return
    }
    const pax = this.#pax
    this.#pax = new Map()
    const path = stripFolders(pax.get('path') ?? nameOf(header), this.#strip)
    this.#mode = path ? 'through' : 'away'
    if (!path) return
    const link = pax.get('linkpath')
    if (link) this.push(longName('K', link))
    if (path.length > 100) this.push(longName('L', path))
    this.push(withNames(header, path, link, pax.has('size') ? size : undefined))
  }
}

/** Removes leading folders from a path. Undefined if nothing remains, as for the folders themselves. */
function stripFolders(path: Buffer, count: number): Buffer | undefined {
  let from = 0
  for (let index = 0; index < count; index++) {
    const slash = path.indexOf(0x2f, from)
    if (slash < 0) return undefined
    from = slash + 1
  }
  return from < path.length ? path.subarray(from) : undefined
}
