import { createHash } from 'node:crypto'

/** The longest name that PostgreSQL keeps whole. */
const maxNameLength = 63

/** Databases beside the live one: what is being restored, the one of before, and what is about to be dropped. */
export interface DatabaseNames {
  readonly live: string
  readonly fresh: string
  readonly previous: string
  readonly gone: string
}

export function namesOf(live: string): DatabaseNames {
  const deriveName = (word: string): string => {
    const suffix = `_dragonfab_${word}`
    const bytes = Buffer.from(live)
    if (bytes.length + suffix.length <= maxNameLength) return live + suffix
    // Cut at whole characters; two long names that begin alike stay two.
    const hash = createHash('sha256').update(live).digest('hex').slice(0, 6)
    const room = maxNameLength - suffix.length - hash.length - 1
    let cut = live
    while (Buffer.byteLength(cut) > room) cut = [...cut].slice(0, -1).join('')
    return `${cut}_${hash}${suffix}`
  }
  return { live, fresh: deriveName('new'), previous: deriveName('previous'), gone: deriveName('gone') }
}
