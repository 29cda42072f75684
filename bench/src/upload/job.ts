import { createHash } from 'node:crypto'
import { mkdir, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** A folder that is sent. */
export interface Job {
  readonly name: string
  readonly files: number
  readonly bytes: number
  /** Whether hosts have what was sent the round before; else each round begins with nothing. */
  readonly warm: boolean
}

export const jobs: readonly Job[] = [
  { name: '5,000 files of 4 kB, first', files: 5000, bytes: 4096, warm: false },
  { name: '5,000 files of 4 kB, one changed', files: 5000, bytes: 4096, warm: true },
  { name: '100 MB, one file changed', files: 25, bytes: 4_000_000, warm: true },
]

const pathOf = (index: number): string => `part-${index % 50}/file-${index}.txt`

/** Makes the folder. */
export async function makeFolder(folder: string, { files, bytes }: Job): Promise<void> {
  for (let index = 0; index < files; index++) await write(folder, index, bytes, 0)
}

/** Changes one file in the middle. */
export async function changeOne(folder: string, { files, bytes }: Job, round: number): Promise<void> {
  await write(folder, files >> 1, bytes, round)
}

async function write(folder: string, index: number, bytes: number, version: number): Promise<void> {
  const path = join(folder, pathOf(index))
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, words(`${index} ${version}`, bytes))
  // All versions have one size. rsync takes what was written within one second for the same file, so each has a second of its own.
  await utimes(path, 1_700_000_000 + version, 1_700_000_000 + version)
}

/** Text that compresses as text does, to about 40 %. */
function words(seed: string, bytes: number): string {
  const lines: string[] = []
  for (let part = 0, length = 0; length < bytes; part++) {
    const hash = createHash('sha256').update(`${seed} ${part}`).digest('hex')
    const line = `${(hash.match(/.{3}/g) ?? []).map((each) => `w${each}`).join(' ')}\n`
    lines.push(line)
    length += line.length
  }
  return lines.join('').slice(0, bytes)
}
