import { sh } from '@dragonfab/core'
import type { Linked } from '../src/linked/entry.ts'
import { cleanup } from '../src/steps/cleanup.ts'
import { create } from '../src/steps/create.ts'
import { discard } from '../src/steps/discard.ts'
import { checkLinked, link } from '../src/steps/linked.ts'
import { prepare, refuseCurrent } from '../src/steps/prepare.ts'
import { publish } from '../src/steps/publish.ts'
import { putBack } from '../src/steps/put-back.ts'
import type { Host, Outcome } from './shells.ts'

const writable = { sharedWritable: true }
let count = 0

/** The steps of a release up to the switch, with a file that says which it is. */
export function preparing(host: Host, id: string, linked: readonly Linked[] = []) {
  return [
    refuseCurrent(host),
    prepare(host, linked, writable),
    checkLinked(host, linked, writable),
    create(host, id),
    sh`echo ${id} >releases/${id}/version`,
    link(host, id, linked),
  ]
}

/** A whole release, each phase a script, as a run of its own. */
export function release(
  host: Host,
  id: string,
  options: { readonly keep?: number; readonly linked?: readonly Linked[]; readonly run?: string } = {},
): Outcome {
  const run = options.run ?? `run${++count}`
  const first = host.run(preparing(host, id, options.linked), { run })
  if (first.status !== 0) return first
  const second = host.run(publish(host, { verb: 'switch', release: id }), { run })
  return second.status === 0 ? host.run(cleanup(host, id, options.keep ?? 5), { run }) : second
}

export function rollback(host: Host, id: string): Outcome {
  const run = `run${++count}`
  return host.run([refuseCurrent(host), prepare(host, [], writable), publish(host, { verb: 'rollback', release: id })], { run })
}

export { discard, publish, putBack }
