import { headerFields, padToBlock, putNumber, readField, tarBlockSize, writeChecksum } from './header.ts'

/** The records of a pax header: `<length> <key>=<value>\n`, where the length is that of the whole record. */
export function paxRecords(bytes: Buffer): ReadonlyMap<string, Buffer> {
  const records = new Map<string, Buffer>()
  let at = 0
  while (at < bytes.length && bytes[at] !== 0) {
    const space = bytes.indexOf(0x20, at)
    const length = Number(bytes.toString('latin1', at, space))
    const equals = bytes.indexOf(0x3d, space)
    if (space < 0 || equals < 0 || !(length > 0) || at + length > bytes.length) throw new Error('the archive is damaged')
    records.set(bytes.toString('latin1', space + 1, equals), bytes.subarray(equals + 1, at + length - 1))
    at += length
  }
  return records
}

/** The form of GNU tar for a long name: an entry of type `L` (or `K`, for the target of a link) before the entry that has the name. */
export function longName(type: 'K' | 'L', name: Buffer): Buffer {
  const header = Buffer.alloc(tarBlockSize)
  header.write('././@LongLink', 'latin1')
  header.write('0000644\0', headerFields.mode[0], 'latin1')
  header.write('0000000\x000000000\0', headerFields.owner[0], 'latin1')
  putNumber(header, headerFields.size, name.length + 1)
  putNumber(header, headerFields.time, 0)
  header.write(type, headerFields.type[0], 'latin1')
  header.write('ustar\x0000', headerFields.magic[0], 'latin1')
  const content = Buffer.alloc(padToBlock(name.length + 1))
  name.copy(content)
  return Buffer.concat([writeChecksum(header), content])
}

/** The same entry with another name. If the name is too long, it is truncated, and {@link longName} has it in full. */
export function withNames(header: Buffer, path: Buffer, link?: Buffer, size?: number): Buffer {
  const changed = Buffer.from(header)
  put(changed, headerFields.name, path)
  put(changed, headerFields.prefix, Buffer.alloc(0))
  if (link) put(changed, headerFields.link, link)
  if (size !== undefined) putNumber(changed, headerFields.size, size)
  return writeChecksum(changed)
}

function put(header: Buffer, at: readonly [number, number], value: Buffer): void {
  readField(header, at).fill(0)
  value.copy(header, at[0], 0, Math.min(value.length, at[1]))
}
