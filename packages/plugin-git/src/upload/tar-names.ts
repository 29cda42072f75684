import { checksum, field, fields } from './tar-header.ts'

/** The records of a pax header: `<length> <key>=<value>\n`, where the length counts the whole record. */
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

/** GNU tar's way to tell a long name: an entry of type `L` (or `K`, for the target of a link) before the one that it names. */
export function longName(type: 'K' | 'L', name: Buffer): Buffer {
  const header = Buffer.alloc(512)
  header.write('././@LongLink', 'latin1')
  header.write('0000644\0', 100, 'latin1')
  header.write('0000000\x000000000\0', 108, 'latin1')
  header.write(`${(name.length + 1).toString(8).padStart(11, '0')}\x0000000000000\0`, fields.size[0], 'latin1')
  header.write(type, fields.type[0], 'latin1')
  header.write('ustar\x0000', 257, 'latin1')
  const content = Buffer.alloc(Math.ceil((name.length + 1) / 512) * 512)
  name.copy(content)
  return Buffer.concat([summed(header), content])
}

/** The same entry under another name; what does not fit is cut, and told by {@link longName} before it. */
export function withNames(header: Buffer, path: Buffer, link: Buffer | undefined): Buffer {
  const changed = Buffer.from(header)
  put(changed, fields.name, path)
  put(changed, fields.prefix, Buffer.alloc(0))
  if (link) put(changed, fields.link, link)
  return summed(changed)
}

function put(header: Buffer, at: readonly [number, number], value: Buffer): void {
  field(header, at).fill(0)
  value.copy(header, at[0], 0, Math.min(value.length, at[1]))
}

function summed(header: Buffer): Buffer {
  header.write(`${checksum(header).toString(8).padStart(6, '0')}\0 `, fields.checksum[0], 'latin1')
  return header
}
