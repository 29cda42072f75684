import { join } from 'node:path'
import { type SshHost, waitUntil } from '@dragonfab/test-kit'
import { isHeld } from './lock-state.ts'

/**
 * Waits until nothing of a run is left on a host: no connection, and nobody who holds the lock. The lock goes last: a session whose client has gone
 * ends what still runs (by force after ten seconds), waits for it, and only then gives it up.
 */
export async function waitForQuietHost(host: SshHost, path: string): Promise<void> {
  const lock = join(path, '.dragonfab/lock')
  await waitUntil(`${host.name} to end all of the run`, () => host.pids().length === 1 && !isHeld(lock), 30_000)
}
