import { createHash, randomBytes } from 'node:crypto'
import type { UploadRequest } from '@dragonfab/core'
import type { HostScript } from './host-script.ts'

const shortHash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16)

/** What one upload is called on the host. */
export function namesOf({ from, to, state, include, exclude, unchanged = 'copy' }: UploadRequest): HostScript {
  const id = `${String(Date.now()).padStart(14, '0')}-${randomBytes(4).toString('hex')}`
  return { to, state, unchanged, slot: shortHash(JSON.stringify([from, include, exclude])), id, place: shortHash(to) }
}
