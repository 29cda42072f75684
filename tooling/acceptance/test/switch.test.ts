import { mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { chown, lchown } from 'node:fs/promises'
import { join } from 'node:path'
import type { Plan } from '@dragonfab/plan'
import { Connection } from '@dragonfab/run'
import { createSshPool } from '@dragonfab/ssh'
import { mustRun, rounds, runCommand, startReader, takeSnapshot } from '@dragonfab/test-kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endOf } from '../src/events.ts'
import { liveOf, liveOrNone } from '../src/expect-released.ts'
import type { AcceptanceProject } from '../src/project.ts'
import { createStand, type TestStand } from '../src/test-stand.ts'

let on: TestStand

beforeAll(async () => {
  on = await createStand({ hosts: 2, repository: { files: 5 } })
})
afterAll(() => on?.stop())

async function good(shop: AcceptanceProject, ...words: string[]) {
  const result = await shop.run(['production', ...words])
  expect(result.status, result.stdout + result.stderr).toBe(0)
  return result
}

/** The text of the switch alone, as a saved plan of a rollback has it. */
async function switchTo(shop: AcceptanceProject, release: string): Promise<{ plan: Plan; text: string }> {
  await good(shop, `rollback:${release}`, '--host', 'web1', '--plan-out', 'plan.json')
  const plan: Plan = JSON.parse(readFileSync(join(shop.directory, 'plan.json'), 'utf8'))
  const segment = plan.tasks[0]?.phases.find(({ live }) => live)?.segments[0]
  const part = segment?.kind === 'hosts' ? segment.parts.web1?.[0] : undefined
  if (part?.kind !== 'script') throw new Error('the plan has no switch')
  // A session has these functions before it gets the script.
  const functions =
    plan.libraries.find(({ targets }) => targets.some((target) => target.kind === 'host' && target.name === 'web1'))?.functions ?? []
  const uses = new Set(part.uses)
  return { plan, text: [...functions.filter(({ name }) => uses.has(name)).map(({ text }) => text), part.text].join('\n') }
}

const scripted = rounds({ quick: 40, long: 500 })
const deployed = 7
describe('a reader of current, while it is switched (ATM-01)', () => {
  test(`finds it each time: ${scripted} switches by the real script, and ${deployed} deployments and rollbacks`, {
    timeout: 600_000,
  }, async () => {
    const shop = await on.app({ name: 'read' })
    await good(shop, 'deploy')
    const first = liveOf(shop.path('web1'))
    await good(shop, 'deploy')
    const second = liveOf(shop.path('web1'))
    const back = await switchTo(shop, first)
    await good(shop, `rollback:${first}`)
    await good(shop, 'deploy')
    const third = liveOf(shop.path('web1'))
    await good(shop, 'deploy')
    const forth = await switchTo(shop, third)
    expect(new Set([first, second, third]).size).toBe(3)

    const reader = await startReader(join(shop.path('web1'), 'current/README.md'))
    let switched = 0
    await inSession(shop, back.plan, async (run) => {
      for (; switched < scripted; switched++) await run((switched % 2 ? forth : back).text)
    })
    // The scripts have left all that was there bad, so rollbacks need a good one to lead to.
    await good(shop, 'deploy')
    for (let count = 1; count < deployed; count += 2) {
      await good(shop, 'deploy')
      await good(shop, 'rollback')
    }
    const report = await reader.stop()
    console.log(`ATM-01: ${report.reads} reads (${report.perSecond} a second) over ${report.switches} switches: ${report.missing} missing`)
    expect(report).toMatchObject({ missing: 0, otherErrors: 0 })
    // One that sees hardly any of the switches shows nothing.
    expect(report.switches).toBeGreaterThan((scripted + deployed) * 0.5)
  })

  test('and would see it missing with a switch that is not atomic', async () => {
    const shop = await on.app({ name: 'read' })
    const path = shop.path('web1')
    const reader = await startReader(join(path, 'current/README.md'), 0)
    const text = 'cd "$1" && n=0; while [ $n -lt 300 ]; do n=$((n + 1)); to=$(readlink current); busybox ln -nfs "$to" current; done'
    expect((await runCommand(['sh', '-c', text, 'sh', path])).status).toBe(0)
    const report = await reader.stop()
    console.log(`busybox ln -nfs, 300 times: ${report.missing} of ${report.reads} reads missing`)
    expect(report.missing).toBeGreaterThan(0)
  })
})

/** A session on web1, prepared as a run of this plan would. */
async function inSession(shop: AcceptanceProject, plan: Plan, act: (run: (text: string) => Promise<void>) => Promise<void>): Promise<void> {
  const [host] = plan.hosts
  const [at] = on.cluster.hosts
  if (!host || !at) throw new Error('no host')
  const pool = createSshPool({ configFile: on.cluster.sshConfig })
  const actor = { owner: 'tester', machine: 'here', pid: process.pid }
  const connect = async () => pool.executor({ host: at.name, directory: shop.directory })
  const connection = new Connection(at.name, { connect, sudoUser: undefined, sudoPassword: undefined, actor })
  try {
    const { answer } = await connection.prepare(host, plan.run, new Map(), { owner: "'{}'", overrideManual: false })
    expect(await answer).toEqual({ kind: 'locked' })
    const session = await connection.session()
    await act(async (text) => {
      const { status, stderr } = await session.capture(text)
      expect(status, stderr).toBe(0)
    })
  } finally {
    await connection.end()
    await pool.close()
  }
}

/** What `current` may be where others were at work. `to` makes it so. */
const others: readonly {
  readonly what: string
  to(path: string): void
  readonly deploy: readonly [status: number, code?: string]
  readonly rollback: readonly [status: number, code?: string]
}[] = [
  {
    what: 'a real directory (ATM-03)',
    to: (path) => {
      mkdirSync(join(path, 'current/app'), { recursive: true })
      writeFileSync(join(path, 'current/app/index.html'), 'live\n')
    },
    deploy: [1, 'CURRENT_NOT_A_LINK'],
    rollback: [1, 'CURRENT_NOT_A_LINK'],
  },
  {
    what: 'a file',
    to: (path) => writeFileSync(join(path, 'current'), 'a file\n'),
    deploy: [1, 'CURRENT_NOT_A_LINK'],
    rollback: [1, 'CURRENT_NOT_A_LINK'],
  },
  { what: 'a link to nowhere', to: (path) => symlinkSync('releases/gone', join(path, 'current')), deploy: [0], rollback: [0] },
  { what: 'a link to itself', to: (path) => symlinkSync('current', join(path, 'current')), deploy: [0], rollback: [0] },
  {
    what: 'a link to a directory elsewhere',
    to: (path) => {
      mkdirSync(join(path, '../elsewhere'), { recursive: true })
      symlinkSync(join(path, '../elsewhere'), join(path, 'current'))
    },
    deploy: [0],
    rollback: [0],
  },
  {
    what: 'an absolute link to a release',
    to: (path) => symlinkSync(join(path, 'releases/second'), join(path, 'current')),
    deploy: [0],
    rollback: [0],
  },
  { what: 'not there', to: () => undefined, deploy: [0], rollback: [0] },
]

describe('current is', () => {
  let prepared: string

  // Each case gets a copy of two releases that were made once.
  beforeAll(async () => {
    const shop = await on.app({ name: 'prepared', hosts: 1 })
    for (const release of ['first', 'second']) await good(shop, 'deploy', '--release', release)
    prepared = shop.path('web1')
  })

  test.each(others)('$what: deploy and rollback do the same each time, and say so (ATM-05)', async ({ what, to, ...expected }) => {
    for (const task of ['deploy', 'rollback'] as const) {
      const name = `${task}-${what.replace(/\W+/g, '-')}`
      const [one] = on.cluster.hosts
      const path = join(one?.root ?? '', name)
      const shop = await on.app({ name, hosts: 1 })
      await mustRun(['cp', '-a', prepared, path])
      rmSync(join(path, 'current'))
      to(path)
      await own(path)
      const before = takeSnapshot(path)
      const result = await shop.run(['production', task, '--json'])
      const [status, code] = expected[task]
      const { codes, problems } = endOf(result)
      expect([result.status, codes], `${task}: ${result.stdout}`).toEqual([status, code === undefined ? [] : [code]])
      if (status === 0) {
        // Never a silent success: what it says is live is live.
        const live = liveOf(path)
        expect(live).toBe(task === 'deploy' ? endLive(result.stdout) : what === 'an absolute link to a release' ? 'first' : 'second')
        expect(readlinkSync(join(path, 'current'))).toBe(`releases/${live}`)
      } else {
        expect(liveOrNone(path)).toBeUndefined()
        expect(problems[0]?.remedy).toMatch(/mkdir -p .* && mv .* && ln -s /)
        const after = takeSnapshot(path)
        const changed = [...new Set([...before.keys(), ...after.keys()])].filter((each) => before.get(each) !== after.get(each))
        expect(changed.filter((each) => !each.startsWith('.dragonfab/'))).toEqual([])
      }
    }
  })
})

/** The release that a run named when it began. */
function endLive(stdout: string): unknown {
  return stdout
    .split('\n')
    .flatMap((line) => (line.includes('"run:start"') ? [JSON.parse(line).release] : []))
    .at(-1)
}

async function own(path: string): Promise<void> {
  const { uid, gid } = on.user
  await lchown(join(path, 'current'), uid, gid).catch(() => undefined)
  await chown(join(path, '../elsewhere'), uid, gid).catch(() => undefined)
}
