import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { waitUntil } from '@dragonfab/test-kit'

/** A config whose release waits on this signal for a file `go` in the deployment directory; not so with `--set vars.hold=no`. */
export const holdAtSignal = (signal: 'deploy.updated' | 'deploy.published'): string => `
  vars: { hold: 'yes' },
  hooks: { '${signal}': ({ env, sh, step }) => env.vars.hold === 'yes' && step(sh\`
    echo here >>\${env.path}/holding
    while [ ! -e \${env.path}/go ]; do sleep 0.02; done\`, { title: 'hold' }) },`

/** Waits until a release of such a config holds the lock and waits. */
export function waitForHeldLock(path: string): Promise<boolean> {
  return waitUntil('a release that holds the lock', () => existsSync(join(path, 'holding')), 60_000)
}

/** Lets it go on. */
export function releaseHold(path: string): void {
  writeFileSync(join(path, 'go'), '')
}

/** As it was before. */
export function resetHold(path: string): void {
  for (const name of ['go', 'holding']) rmSync(join(path, name), { force: true })
}
