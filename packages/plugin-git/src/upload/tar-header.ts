/** Fields of a tar header (POSIX ustar): where they begin and how long they are. */
export const fields = { name: [0, 100], size: [124, 12], checksum: [148, 8], type: [156, 1], link: [157, 100], prefix: [345, 155] } as const

export const field = (header: Buffer, [from, length]: readonly [number, number]): Buffer => header.subarray(from, from + length)

/** Up to the first NUL, or all of it: a name that fills its field has none. */
function textOf(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0)
  return end < 0 ? bytes : bytes.subarray(0, end)
}

const number = (bytes: Buffer): number => Number.parseInt(textOf(bytes).toString('latin1').trim() || '0', 8)

/** A block of zeros: an archive's end. */
export const isEnd = (header: Buffer): boolean => header.every((byte) => byte === 0)

export const typeOf = (header: Buffer): string => String.fromCharCode(header[fields.type[0]] ?? 0)

/** Refuses what is no header, so that a stream out of step is never passed on. */
export function sizeOf(header: Buffer): number {
  const size = number(field(header, fields.size))
  if (number(field(header, fields.checksum)) !== checksum(header) || !Number.isSafeInteger(size) || size < 0) {
    throw new Error('the archive is damaged')
  }
  return size
}

export function nameOf(header: Buffer): Buffer {
  const prefix = textOf(field(header, fields.prefix))
  const name = textOf(field(header, fields.name))
  return prefix.length ? Buffer.concat([prefix, Buffer.from('/'), name]) : name
}

/** The sum of all bytes, those of the checksum itself taken as spaces. */
export function checksum(header: Buffer): number {
  const [from, length] = fields.checksum
  return header.reduce((sum, byte, index) => sum + (index >= from && index < from + length ? 0x20 : byte), 0)
}
