/** What one release of one application has on its way. */
export interface Outbox {
  /** What was live when it began. */
  live: Promise<string | undefined>
  /** The message that it begins. */
  startMessage: Promise<void>
}

const outboxes = new Map<string, Outbox>()

/** The outbox of a release, from its first message to its last. */
export function openOutbox(key: string): Outbox {
  const existing = outboxes.get(key) ?? { live: Promise.resolve(undefined), startMessage: Promise.resolve() }
  outboxes.set(key, existing)
  return existing
}

export function closeOutbox(key: string): void {
  outboxes.delete(key)
}

/** The hosts of the run that goes on. An observer fills it: a step on this machine knows of none. */
export const currentRun: { hosts: readonly string[] } = { hosts: [] }
