/** Fields of a tar header (POSIX ustar): where they begin and how long they are. */
export const headerFields = {
  name: [0, 100],
  mode: [100, 8],
  owner: [108, 16],
  size: [124, 12],
  time: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  link: [157, 100],
  magic: [257, 8],
  prefix: [345, 155],
} as const

/** The size of a header in bytes. Contents are padded to a multiple of it. */
export const tarBlockSize = 512

/** The number of bytes that content of this size takes in an archive. */
export const padToBlock = (size: number): number => Math.ceil(size / tarBlockSize) * tarBlockSize

export const readField = (header: Buffer, [from, length]: readonly [number, number]): Buffer => header.subarray(from, from + length)

/** The bytes up to the first NUL, or all, because a name that fills its field has no NUL. */
function decodeText(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0)
  return end < 0 ? bytes : bytes.subarray(0, end)
}

/** Reads octal digits, or base 256 if the first bit is set: the form of GNU tar for numbers that do not fit into eleven octal digits (8 GiB). */
function parseNumber(bytes: Buffer): number {
  if (((bytes[0] ?? 0) & 0x80) === 0) return Number.parseInt(decodeText(bytes).toString('latin1').trim() || '0', 8)
  return bytes.subarray(1).reduce((sum, byte) => sum * 256 + byte, (bytes[0] ?? 0) & 0x7f)
}

/** Writes a number into the twelve bytes of a size or time. Every tar reads both forms, busybox too; it reads no pax headers. */
export function putNumber(header: Buffer, [from, length]: readonly [number, number], value: number): void {
  if (value < 8 ** (length - 1)) {
    header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, from, 'latin1')
    return
  }
  header.fill(0, from, from + length)
  header.writeBigUInt64BE(BigInt(value), from + length - 8)
  header[from] = 0x80
}

/** Whether a block is all zeros, which ends an archive. */
export const isEndBlock = (header: Buffer): boolean => header.every((byte) => byte === 0)

export const typeOf = (header: Buffer): string => String.fromCharCode(header[headerFields.type[0]] ?? 0)

/** Throws if the block is not a header, so that a damaged stream is never passed on. */
export function sizeOf(header: Buffer): number {
  const size = parseNumber(readField(header, headerFields.size))
  if (parseNumber(readField(header, headerFields.checksum)) !== checksum(header) || !Number.isSafeInteger(size) || size < 0) {
    throw new Error('the archive is damaged')
  }
  return size
}

export function nameOf(header: Buffer): Buffer {
  const prefix = decodeText(readField(header, headerFields.prefix))
  const name = decodeText(readField(header, headerFields.name))
  return prefix.length ? Buffer.concat([prefix, Buffer.from('/'), name]) : name
}

/** The sum of all bytes, those of the checksum itself taken as spaces. */
function checksum(header: Buffer): number {
  const [from, length] = headerFields.checksum
  let sum = length * 0x20
  for (let index = 0; index < from; index++) sum += header[index] ?? 0
  for (let index = from + length; index < header.length; index++) sum += header[index] ?? 0
  return sum
}

/** Writes the checksum into a header. */
export function writeChecksum(header: Buffer): Buffer {
  header.write(`${checksum(header).toString(8).padStart(6, '0')}\0 `, headerFields.checksum[0], 'latin1')
  return header
}
