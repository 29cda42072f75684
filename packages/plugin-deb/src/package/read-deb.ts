import { open } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { gunzipSync } from 'node:zlib'
import { decompress as unzstd } from 'fzstd'

/** The control data of a package, read without dpkg, which the deploying machine may not have. */
export interface DebFile {
  readonly path: string
  readonly name: string
  readonly version: string
  readonly architecture: string
  readonly size: number
}

interface ArMember {
  readonly name: string
  readonly offset: number
  readonly size: number
}

/** Reads the control file of a .deb. Throws an Error with the reason if the file is not a complete .deb. */
export async function readDeb(path: string): Promise<DebFile> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const read = async (offset: number, length: number): Promise<Buffer> => {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, offset)
      if (bytesRead < length) throw new Error('it is incomplete')
      return buffer
    }
    if (size < 8 || (await read(0, 8)).toString('latin1') !== '!<arch>\n') throw new Error('it is not a .deb')
    const members: ArMember[] = []
    for (let offset = 8; offset < size; ) {
      const header = (await read(offset, 60)).toString('latin1')
      const length = Number(header.slice(48, 58))
      if (!header.endsWith('`\n') || !Number.isInteger(length)) throw new Error('it is damaged')
      // Each member ends at an even offset.
      if (offset + 60 + length + (length % 2) > size) throw new Error('it is incomplete')
      members.push({ name: header.slice(0, 16).trim().replace(/\/$/, ''), offset: offset + 60, size: length })
      offset += 60 + length + (length % 2)
    }
    const control = members.find(({ name }) => name.startsWith('control.tar'))
    if (!control || !members.some(({ name }) => name.startsWith('data.tar'))) throw new Error('it is incomplete')
    const fields = parseControl(await unpackMember(control.name, await read(control.offset, control.size)))
    const { Package: name, Version: version, Architecture: architecture } = fields
    if (!name || !version || !architecture) throw new Error('its control file lacks Package, Version or Architecture')
    return { path, name, version, architecture, size }
  } finally {
    await file.close()
  }
}

async function unpackMember(name: string, content: Buffer): Promise<Buffer> {
  if (name.endsWith('.gz')) return gunzipSync(content)
  if (name.endsWith('.zst')) return Buffer.from(unzstd(content))
  if (name.endsWith('.tar')) return content
  if (!name.endsWith('.xz')) throw new Error(`its ${name} has an unknown compression`)
  // A CommonJS package whose exports Node does not find in an import.
  const { XzReadableStream } = createRequire(import.meta.url)('xz-decompress') as typeof import('xz-decompress')
  const packed = new ReadableStream<Uint8Array>({
    start: (controller) => {
      controller.enqueue(content)
      controller.close()
    },
  })
  return Buffer.from(await new Response(new XzReadableStream(packed)).arrayBuffer())
}

/** The fields of `control` in a tar; continuation lines are left out. */
function parseControl(tar: Buffer): Readonly<Record<string, string>> {
  for (let offset = 0; offset + 512 <= tar.length; ) {
    const name = tar.toString('latin1', offset, offset + 100).replace(/\0.*$/s, '')
    const size = Number.parseInt(tar.toString('latin1', offset + 124, offset + 136), 8) || 0
    if (name === './control' || name === 'control') {
      const lines = tar.toString('utf8', offset + 512, offset + 512 + size).split('\n')
      return Object.fromEntries(parseFields(lines))
    }
    offset += 512 + Math.ceil(size / 512) * 512
  }
  throw new Error('it has no control file')
}

const parseFields = (lines: readonly string[]): readonly (readonly [string, string])[] =>
  lines.flatMap((line) => {
    const [, field, value] = /^([A-Za-z-]+):\s*(.*?)\s*$/.exec(line) ?? []
    return field === undefined || value === undefined ? [] : [[field, value] as const]
  })
