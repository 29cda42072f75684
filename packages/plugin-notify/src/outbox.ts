import type { RunScope } from '@dragonfab/core'

/** The messages of one release of one application. */
export interface Outbox {
  /** The commit that was live at the beginning. */
  live: Promise<string | undefined>
  /** Resolves when the first message is sent. */
  startMessage: Promise<void>
}

const outboxKey = (release: string): string => `notify.outbox ${release}`

/** The outbox of a release, from its first message to its last. */
export function openOutbox(run: RunScope, release: string): Outbox {
  return run.once(outboxKey(release), () => ({ live: Promise.resolve(undefined), startMessage: Promise.resolve() }))
}

export function closeOutbox(run: RunScope, release: string): void {
  run.forget(outboxKey(release))
}

/** The hosts of the current run. An observer sets them, because a step on this machine does not know the hosts. */
export const currentRun: { hosts: readonly string[] } = { hosts: [] }
