import { headerFields, padToBlock, putNumber, tarBlockSize, writeChecksum } from './header.ts'
import { longName } from './tar-names.ts'

export interface TarEntry {
  readonly path: Buffer
  readonly kind: 'file' | 'folder' | 'link'
  /** Permission bits. */
  readonly mode: number
  /** The size of a file's content in bytes. 0 for other kinds. */
  readonly size: number
  /** Seconds since 1970. */
  readonly time: number
  /** The target of a link. */
  readonly target?: Buffer | undefined
}

const typeFlags = { file: '0', folder: '5', link: '2' } as const

/** The bytes before an entry's content: its header and, if a name is too long for it, that name before the header. */
export function createTarEntry({ path, kind, mode, size, time, target }: TarEntry): Buffer {
  const header = Buffer.alloc(tarBlockSize)
  header.write(`${mode.toString(8).padStart(7, '0')}\0`, headerFields.mode[0], 'latin1')
  // The user who unpacks the archive owns the files, because users of this machine mean nothing on the host.
  header.write('0000000\x000000000\0', headerFields.owner[0], 'latin1')
  putNumber(header, headerFields.size, size)
  putNumber(header, headerFields.time, Math.max(0, Math.floor(time)))
  header.write(typeFlags[kind], headerFields.type[0], 'latin1')
  header.write('ustar\x0000', headerFields.magic[0], 'latin1')
  const name = kind === 'folder' ? Buffer.concat([path, Buffer.from('/')]) : path
  const parts: Buffer[] = []
  if (target && target.length > headerFields.link[1]) parts.push(longName('K', target))
  if (name.length > headerFields.name[1]) parts.push(longName('L', name))
  name.copy(header, headerFields.name[0], 0, headerFields.name[1])
  target?.copy(header, headerFields.link[0], 0, headerFields.link[1])
  writeChecksum(header)
  return parts.length ? Buffer.concat([...parts, header]) : header
}

/** A complete member of an archive, readable only by its owner. */
export function createTarFile(name: string, content: Buffer): readonly Buffer[] {
  const header = createTarEntry({ path: Buffer.from(name), kind: 'file', mode: 0o600, size: content.length, time: 0 })
  return [header, content, Buffer.alloc(padToBlock(content.length) - content.length)]
}

/** The end of an archive. */
export const tarEnd = Buffer.alloc(2 * tarBlockSize)
