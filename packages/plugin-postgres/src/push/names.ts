import { createHash } from 'node:crypto'

/** PostgreSQL cuts longer names. */
const maxNameLength = 63

/** The databases beside the live one: the one that is being restored, the previous one, and one that is about to be dropped. */
export interface DatabaseNames {
  readonly live: string
  readonly fresh: string
  readonly previous: string
  readonly obsolete: string
}

export function namesOf(live: string): DatabaseNames {
  const deriveName = (word: string): string => {
    const suffix = `_dragonfab_${word}`
    const bytes = Buffer.from(live)
    if (bytes.length + suffix.length <= maxNameLength) return live + suffix
    // Cut between characters, with a hash, so that two long names with the same beginning stay different.
    const hash = createHash('sha256').update(live).digest('hex').slice(0, 6)
    const room = maxNameLength - suffix.length - hash.length - 1
    let cut = live
    while (Buffer.byteLength(cut) > room) cut = [...cut].slice(0, -1).join('')
    return `${cut}_${hash}${suffix}`
  }
  return { live, fresh: deriveName('new'), previous: deriveName('previous'), obsolete: deriveName('gone') }
}
