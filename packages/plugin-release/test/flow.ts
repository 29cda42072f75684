import { sh } from '@dragonfab/core'
import type { LinkedPath } from '../src/linked/linked-path.ts'
import { cleanUpReleases } from '../src/steps/cleanup.ts'
import { createRelease } from '../src/steps/create.ts'
import { checkLinked, linkShared } from '../src/steps/linked.ts'
import { prepareFolders } from '../src/steps/prepare.ts'
import { publishRelease } from '../src/steps/publish.ts'
import { discardRelease, undoPublish } from '../src/steps/undo.ts'
import type { ShellHost, ShellOutcome } from './shells.ts'

const writable = { sharedWritable: true }
let count = 0

/** The steps of a release up to the switch, with a file that contains its name. */
export function preparing(host: ShellHost, id: string, linked: readonly LinkedPath[] = []) {
  return [
    prepareFolders(host, linked, writable),
    checkLinked(host, linked, writable),
    createRelease(host, id),
    sh`echo ${id} >releases/${id}/version`,
    linkShared(host, id, linked),
  ]
}

/** A whole release in a separate run, with one script per phase. */
export function release(
  host: ShellHost,
  id: string,
  options: { readonly keep?: number; readonly linked?: readonly LinkedPath[]; readonly run?: string } = {},
): ShellOutcome {
  const run = options.run ?? `run${++count}`
  const first = host.run(preparing(host, id, options.linked), { run })
  if (first.status !== 0) return first
  const second = host.run(publishRelease(host, { verb: 'switch', release: id }), { run })
  return second.status === 0 ? host.run(cleanUpReleases(host, id, options.keep ?? 5), { run }) : second
}

export function rollback(host: ShellHost, id: string): ShellOutcome {
  const run = `run${++count}`
  return host.run([prepareFolders(host, [], writable), publishRelease(host, { verb: 'rollback', release: id })], { run })
}

export { discardRelease, publishRelease, undoPublish }
