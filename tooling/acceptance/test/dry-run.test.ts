import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTestUser } from '@dragonfab/test-kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { liveOf } from '../src/expect-released.ts'
import { readStamps } from '../src/file-stamps.ts'
import { forwardScripts, parsePrintedPlan } from '../src/printed-plan.ts'
import type { AcceptanceProject } from '../src/project.ts'
import { createRecorder, type Recorder, scriptsOf } from '../src/recorder.ts'
import { createStand, type TestStand } from '../src/test-stand.ts'

let on: TestStand
let shop: AcceptanceProject
let records: Recorder
let home: string

const body = `
  linkedFiles: [{ path: 'config/app.ini', missing: 'create' }],
  linkedDirs: ['uploads'],
  dotenv: { MODE: 'live', TOKEN: secret('a very secret token', 'the token') },
  hooks: {
    'deploy.updated': ({ env, sh }) => sh\`printf '%s\\\\n' \${"quote ' and dollar $ and ünicode"} >\${env.releasePath}/built\`,
    'deploy.published': ({ env, sh }) => sh\`[ -s \${env.currentPath}/README.md ]\`,
  },`

beforeAll(async () => {
  const user = await createTestUser('plain', { suffix: 'dry' })
  home = user.home
  records = await createRecorder(user)
  on = await createStand({ hosts: 2, ssh: { user, config: [records.config] }, repository: { files: 20 } })
  shop = await on.app({ body })
})
afterAll(() => on?.stop())

async function good(...words: string[]) {
  const result = await shop.run(['production', ...words])
  expect(result.status, result.stdout + result.stderr).toBe(0)
  return result
}

const roots = () => [home, ...on.cluster.hosts.map(({ root }) => root)]
const connections = () => Promise.all(on.cluster.hosts.map((host) => host.connections()))

/** What was printed for each host, in order. */
const printed = (stdout: string) =>
  shop.hosts.map(({ name }) => forwardScripts(parsePrintedPlan(stdout)).flatMap(({ host, text }) => (host === name ? [text] : [])))

/** What each host was sent by the run just now. Hosts are told apart by the paths in the scripts. */
async function evaluated(): Promise<readonly (readonly string[])[]> {
  const sessions = (await records.take()).map(scriptsOf).filter((scripts) => scripts.length > 0)
  return on.cluster.hosts.map(({ root }) => sessions.find((scripts) => scripts.some((text) => text.includes(root))) ?? [])
}

describe('what --dry-run prints is what sessions evaluate, byte for byte', () => {
  test('of a release', async () => {
    const words = ['deploy', '--release', 'first']
    const dry = await good(...words, '--dry-run')
    await good(...words)
    const sent = await evaluated()
    expect(sent.map((scripts) => scripts.length)).toEqual([3, 3])
    expect(sent).toEqual(printed(dry.stdout))
    expect(shop.hosts.map(({ path }) => liveOf(path))).toEqual(['first', 'first'])
    expect(dry.stdout).not.toContain('a very secret token')
    await good('deploy', '--release', 'second')
    await records.take()
  })

  test('of a rollback', async () => {
    const dry = await good('rollback', '--dry-run')
    await records.take()
    await good('rollback')
    const sent = await evaluated()
    const want = printed(dry.stdout)
    expect(want.map((scripts) => scripts.length)).toEqual([3, 3])
    // Before them, the session was asked for facts; those are read-only and no part of the plan.
    expect(sent.map((scripts) => scripts.slice(-3))).toEqual(want)
    expect(shop.hosts.map(({ path }) => liveOf(path))).toEqual(['first', 'first'])
  })

  test('and a byte more or less would be seen', async () => {
    const dry = await good('deploy', '--release', 'third', '--dry-run')
    await good('deploy', '--release', 'third', '--reason', 'another')
    expect(await evaluated()).not.toEqual(printed(dry.stdout))
  })
})

describe('a dry run writes nothing', () => {
  test.each([
    ['deploy', 0],
    ['rollback', 1],
    ['restart', 0],
  ])('%s, with %i connection to each host', async (task, expected) => {
    const before = readStamps(...roots())
    for (const host of on.cluster.hosts) host.reset()
    await good(task, '--dry-run')
    expect(await connections()).toEqual([expected, expected])
    await records.take()
    expect(readStamps(...roots())).toEqual(before)
  })

  test('and a write, even of the same bytes, would be seen', () => {
    const before = readStamps(...roots())
    const file = join(shop.path('web1'), '.dragonfab/journal')
    writeFileSync(file, readFileSync(file))
    const after = readStamps(...roots())
    expect([...after.keys()].filter((path) => after.get(path) !== before.get(path))).toEqual([file])
  })
})
