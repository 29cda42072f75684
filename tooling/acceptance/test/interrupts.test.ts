import { assertDeployment, type DeploymentState, observeDeployment, type SshHost, waitUntil } from '@dragonfab/test-kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endOf } from '../src/events.ts'
import type { AcceptanceProject } from '../src/project.ts'
import { createStand, type TestStand } from '../src/test-stand.ts'
import { waitForQuietHost } from '../src/wait-for-quiet-host.ts'

/** A step that waits in the phase that a variable names: before, in and after the switch; deaf to what would end it, if need be. */
const body = `
  vars: { wait: 'nowhere', deaf: 'no' },
  hooks: Object.fromEntries(Object.entries({ 'deploy.updated': 'preparing', 'deploy.published': 'switching', 'deploy.finishing': 'finishing' }).map(
    ([signal, phase]) => [signal, ({ env, sh, undoing }) => !undoing && env.vars.wait === phase && sh\`
      [ \${env.vars.deaf} = no ] || trap '' TERM
      echo waiting here
      sleep 600\`])),`

const phases = ['preparing', 'switching', 'finishing'] as const
const statuses = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const
let on: TestStand
let places: readonly Place[]

interface Place {
  readonly phase: (typeof phases)[number]
  readonly host: SshHost
  readonly shop: AcceptanceProject
  readonly path: string
}

beforeAll(async () => {
  on = await createStand({ hosts: phases.length, repository: { files: 20 } })
  // A host for each phase, so that all can be interrupted at the same time.
  places = await Promise.all(
    phases.map(async (phase, index) => {
      const host = on.cluster.hosts[index]
      if (!host) throw new Error('too few hosts')
      const path = `${host.root}/shop`
      const shop = await on.app({ body, config: { environments: { production: { hosts: [{ name: host.name, path }] } } } })
      const place = { phase, host, shop, path }
      for (let count = 0; count < 2; count++) await deploy(place)
      return place
    }),
  )
})
afterAll(() => on?.stop())

async function deploy({ shop }: Place): Promise<void> {
  const result = await shop.run(['production', 'deploy'])
  expect(result.status, result.stdout + result.stderr).toBe(0)
}

/** Starts a deployment and waits until it waits in its phase. */
async function waiting({ shop, phase, path }: Place, ...words: string[]) {
  const before = observeDeployment(path)
  const run = shop.start(['production', 'deploy', '--json', '--set', `vars.wait=${phase}`, ...words])
  await waitUntil(`it to wait while ${phase}`, () => run.output().includes('"text":"waiting here'), 60_000)
  return { before, run }
}

/** V, with nothing of the run left on the host, and the next deployment just works. */
async function expectWhole(place: Place, before: DeploymentState, run: { readonly status: number; readonly done: string }): Promise<void> {
  const { host, path } = place
  await waitForQuietHost(host, path)
  await assertDeployment(path, { before, trees: on.trees, processMarker: path, run })
  await deploy(place)
}

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('one %s in each phase: ends what runs, goes back, unlocks', async (signal) => {
  await Promise.all(
    places.map(async (place) => {
      const { before, run } = await waiting(place)
      run.kill(signal)
      const result = await run.result
      expect([result.status, endOf(result).status], result.stderr).toEqual([statuses[signal], statuses[signal]])
      // As it was, and told so.
      expect(endOf(result).hosts.map(({ state }) => state)).toEqual([place.phase === 'preparing' ? 'untouched' : 'undone'])
      // Any other status than that of an interrupt: nothing may have been switched.
      await expectWhole(place, before, { status: 1, done: 'none' })
    }),
  )
})

describe('what is deaf to being ended', () => {
  test('one SIGINT waits for it; the second stops now, and the host ends it by itself', async () => {
    await Promise.all(
      places.map(async (place) => {
        const { before, run } = await waiting(place, '--set', 'vars.deaf=yes')
        run.kill('SIGINT')
        await waitUntil('the first to be heard', () => run.output().includes('interrupted:'))
        const since = performance.now()
        run.kill('SIGINT')
        const result = await run.result
        expect(performance.now() - since, 'it still waited').toBeLessThan(5000)
        const end = endOf(result)
        // Nothing was put back: where something live was sent, that is what must be said.
        const [status, state] = place.phase === 'preparing' ? [130, 'untouched'] : [4, 'notUndone']
        expect([result.status, end.status, end.hosts.map((host) => host.state)], result.stderr).toEqual([status, status, [state]])
        await expectWhole(place, before, { status, done: place.phase === 'preparing' ? 'none' : 'new' })
      }),
    )
  })
})
