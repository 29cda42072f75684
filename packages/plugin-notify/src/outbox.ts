/** The messages of one release of one application. */
export interface Outbox {
  /** The commit that was live at the beginning. */
  live: Promise<string | undefined>
  /** Resolves when the first message is sent. */
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

/** The hosts of the current run. An observer sets them, because a step on this machine does not know the hosts. */
export const currentRun: { hosts: readonly string[] } = { hosts: [] }
