/** What one release of one application has on its way. */
export interface Outbox {
  /** What was live when it began. */
  live: Promise<string | undefined>
  /** The message that it begins. */
  begun: Promise<void>
}

const all = new Map<string, Outbox>()

/** The outbox of a release, from its first message to its last. */
export function outbox(key: string): Outbox {
  const known = all.get(key) ?? { live: Promise.resolve(undefined), begun: Promise.resolve() }
  all.set(key, known)
  return known
}

export function closeOutbox(key: string): void {
  all.delete(key)
}

/** The hosts of the run that goes on. An observer fills it: a step on this machine knows of none. */
export const running: { hosts: readonly string[] } = { hosts: [] }
