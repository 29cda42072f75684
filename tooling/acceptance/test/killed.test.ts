import { setTimeout as sleep } from 'node:timers/promises'
import {
  assertDeployment,
  checkDeployment,
  currentRelease,
  goodReleases,
  observeDeployment,
  randomMoment,
  rounds,
  type SshHost,
  waitUntil,
} from '@dragonfab/test-kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AcceptanceProject } from '../src/project.ts'
import { findRunStage, type RunStage } from '../src/run-stage.ts'
import { median, Tally } from '../src/tally.ts'
import { createStand, type TestStand } from '../src/test-stand.ts'
import { waitForQuietHost } from '../src/wait-for-quiet-host.ts'

/** INT-01: the client is killed at any moment of a release of 300 files with shared data, and V holds each time. */
const lanes = 4
const kills = rounds({ quick: 20, long: 200 })
/** When there are not enough hits by then, something is wrong. */
const most = Math.max(kills * 3, 240)
/** A kill while it switches and a plain deployment follow every so many kills. */
const every = 5
const keep = 3
let on: TestStand

beforeAll(async () => {
  on = await createStand({ hosts: lanes, repository: { files: 300, content: { 'config/app.ini': 'shipped\n' } } })
})
afterAll(() => on?.stop())

interface Lane {
  readonly shop: AcceptanceProject
  readonly host: SshHost
  readonly path: string
  /** How long the last deployments took that nobody killed, in milliseconds. */
  readonly took: number[]
}

const shared = {
  'shared/config/app.ini': 'of this host\n',
  'shared/uploads/one': 'upload\n',
  'shared/uploads/deep/two': 'upload\n',
  'shared/log/app.log': 'a line\n',
}

async function lane(index: number, body?: string): Promise<Lane> {
  const host = on.cluster.hosts[index]
  if (!host) throw new Error(`no host ${index}`)
  const name = body === undefined ? 'shop' : 'broken'
  // Two lanes fetch, two are sent the files.
  const git = { repo: on.url, branch: 'main', strategy: index % 2 ? 'upload' : 'mirror' }
  const production = { hosts: [{ name: host.name, path: `${host.root}/${name}` }] }
  const config = { git, linkedFiles: ['config/app.ini'], linkedDirs: ['uploads'], keepReleases: keep, environments: { production } }
  const shop = await on.app({ name, body, config: body === undefined ? { plugins: ['git'], ...config } : config })
  const path = shop.path(host.name)
  await on.put(path, shared)
  const made: Lane = { shop, host, path, took: [] }
  // The first has no mirror yet, so its time says nothing.
  for (let count = 0; count < 3; count++) await deploy(made)
  made.took.shift()
  return made
}

const expectations = (path: string) => ({ before: observeDeployment(path), keep, trees: on.trees, processMarker: path })

async function deploy({ shop, path, host, took }: Lane): Promise<void> {
  const before = expectations(path)
  const result = await shop.run(['production', 'deploy', '--json'])
  expect(result.status, result.stdout + result.stderr).toBe(0)
  await waitForQuietHost(host, path)
  await assertDeployment(path, { ...before, settled: true, run: { status: 0, done: 'new' } })
  took.push(result.ms)
  if (took.length > 5) took.shift()
}

/** When to kill: a part of the time that a deployment takes, or a phase that is too short to be hit at random often. */
type Moment = number | RunStage

async function kill({ shop, path, host, took }: Lane, moment: Moment, tally: Tally): Promise<void> {
  const before = expectations(path)
  const deploying = shop.start(['production', 'deploy', '--json'])
  const began = performance.now()
  if (typeof moment === 'number') await Promise.race([sleep(moment * 1.1 * median(took)), deploying.result])
  else await Promise.race([waitUntil(moment, () => findRunStage(deploying.output()) === moment, 60_000), deploying.result])
  const after = performance.now() - began
  deploying.kill('SIGKILL')
  const { status, signal, stdout } = await deploying.result
  // At once, while the host may not have noticed yet: what is live is whole.
  const now = observeDeployment(path)
  expect(goodReleases(now)).toContain(currentRelease(now))
  tally.add(signal === 'SIGKILL' ? `hit ${findRunStage(stdout)}` : 'missed')
  if (signal === 'SIGKILL') tally.add('hit')
  await waitForQuietHost(host, path)
  const broken = await checkDeployment(path, { ...before, run: { status, done: 'new' } })
  expect(broken, `killed after ${Math.round(after)} ms, ${findRunStage(stdout)}`).toEqual([])
}

/** Kills fall evenly up to 1.1 × T, so a tenth misses, more where the machine became faster or slower meanwhile: then there are more of them. */
const enough = (tally: Tally): boolean =>
  tally.countOf('hit') > kills * 0.7 &&
  tally.countOf('hit preparing') + tally.countOf('hit switching') + tally.countOf('hit finishing') > kills * 0.25 &&
  tally.countOf('hit switching') > 0

test(`${kills} kills or more leave every deployment whole, and the next one just works (INT-01)`, { timeout: 900_000 }, async () => {
  const tally = new Tally()
  const all = await Promise.all(Array.from({ length: lanes }, (_, index) => lane(index)))
  await Promise.all(
    all.map(async (each, index) => {
      for (let count = index; count < kills || (count < most && !enough(tally)); count += lanes) {
        await kill(each, randomMoment(Math.floor(count / lanes), kills / lanes), tally)
        if (Math.floor(count / lanes) % every !== every - 1) continue
        await kill(each, 'switching', tally)
        await deploy(each)
      }
      await deploy(each)
    }),
  )
  console.log(`INT-01: ${tally}; a deployment took ${all.map(({ took }) => Math.round(median(took))).join(', ')} ms`)
  // Fewer would mean that nothing was tested.
  expect(enough(tally), String(tally)).toBe(true)
})

test('a deployment that writes into the live release is seen by the same check', async () => {
  const body = `
  hooks: { 'deploy.updating': ({ env, sh }) => sh\`
    [ -d \${env.currentPath} ] || exit 0
    cp \${env.currentPath}/README.md \${env.currentPath}/README.was
    echo half >\${env.currentPath}/README.md
    echo writing
    sleep 1
    mv \${env.currentPath}/README.was \${env.currentPath}/README.md\` },`
  const { shop, path, host } = await lane(0, body)
  const before = expectations(path)
  const deploying = shop.start(['production', 'deploy', '--json'])
  await waitUntil('the write', () => deploying.output().includes('"text":"writing'))
  deploying.kill('SIGKILL')
  await deploying.result
  await waitForQuietHost(host, path)
  const broken = await checkDeployment(path, { ...before, run: { status: 137, done: 'new' } })
  expect(broken.map(({ check }) => check)).toEqual(['b'])
})
