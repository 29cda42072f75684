import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endOf, eventsOf } from '../src/events.ts'
import { liveOf } from '../src/expect-released.ts'
import type { AcceptanceProject } from '../src/project.ts'
import { createStand, type TestStand } from '../src/test-stand.ts'

let on: TestStand
let shop: AcceptanceProject
let canary: string

beforeAll(async () => {
  on = await createStand({ hosts: 2, repository: { files: 3 } })
  shop = await on.app()
  canary = join(shop.directory, 'canary')
  await good('deploy')
  await good('deploy')
})
afterAll(() => on?.stop())

async function good(...words: string[]) {
  const result = await shop.run(['production', ...words], { env: { DRAGONFAB_USER: 'ann' } })
  expect(result.status, result.stdout + result.stderr).toBe(0)
  return result
}

const lives = () => shop.hosts.map(({ path }) => liveOf(path))

describe('lock by hand (LCK-08)', () => {
  test('refuses deployments with its reason, until unlock, also those that wait', async () => {
    const before = lives()
    await good('lock', '--reason', 'freeze: a fair')
    for (const words of [['deploy'], ['rollback'], ['restart'], ['deploy', '--lock-wait', '2']]) {
      const since = performance.now()
      const result = await shop.run(['production', ...words, '--json'])
      const end = endOf(result)
      expect([result.status, new Set(end.codes)], result.stdout + result.stderr).toEqual([75, new Set(['LOCKED'])])
      expect(end.problems.map(({ host }) => host).sort()).toEqual(['web1', 'web2'])
      for (const { message, remedy } of end.problems) {
        expect(message).toMatch(/^locked by hand by ann on .* \(pid \d+\), for \d+ s, lock, “freeze: a fair”$/)
        expect(remedy).toContain('unlock')
      }
      if (words.includes('--lock-wait')) {
        expect(performance.now() - since).toBeGreaterThan(2000)
        expect(eventsOf(result).some(({ type }) => type === 'lock:waiting')).toBe(true)
      }
    }
    expect(lives()).toEqual(before)
    // What only looks is not in its way.
    expect((await good('status')).stdout).toContain(before[0])
    await good('unlock')
    await good('deploy')
    expect(lives()).not.toEqual(before)
  })

  test('lasts while one waits for it, and lets that one through when it ends', async () => {
    await good('lock', '--reason', 'only a moment')
    const waiting = shop.start(['production', 'deploy', '--json', '--lock-wait', '60'])
    while (!waiting.output().includes('"lock:waiting"')) await new Promise((resolve) => setTimeout(resolve, 20))
    const before = lives()
    await good('unlock')
    const result = await waiting.result
    expect(result.status, result.stdout + result.stderr).toBe(0)
    expect(lives()).not.toEqual(before)
  })

  test('a second lock by hand is refused: who set the first one is told', async () => {
    await good('lock', '--reason', 'mine')
    const second = await shop.run(['production', 'lock', '--reason', 'no, mine'], { env: { DRAGONFAB_USER: 'bob' } })
    expect([second.status, second.stderr.includes('“mine”')], second.stderr).toEqual([75, true])
    await good('unlock')
    // There is none any more, which is what was wanted.
    await good('unlock')
  })
})

describe('a hostile reason (LCK-10)', () => {
  const hostile = (): Readonly<Record<string, string>> => ({
    'shell text': `'";$(touch ${canary})\`touch ${canary}\`\ntouch ${canary}\nrun 1\n`,
    escapes: 'a title \x1b]0;pwned\x07\x1b[2J\x1b[31mred\x9b1m',
    'other scripts and percent signs': '🐉 fürs Fest — 祭り %(path)s %s %n %%',
    '10 kB': 'long '.repeat(2000),
  })
  const controls = /[\0-\x08\x0b-\x1f\x7f-\x9f]/

  test('is shown escaped, run by nobody, and kept in the history', async () => {
    for (const [name, reason] of Object.entries(hostile())) {
      const locked = await good('lock', '--reason', reason)
      const refused = await shop.run(['production', 'deploy'])
      const json = await shop.run(['production', 'deploy', '--json'])
      expect([refused.status, json.status], refused.stdout + refused.stderr).toEqual([75, 75])
      const told = endOf(json).problems[0]?.message ?? ''
      // Its beginning comes through, whatever it is.
      expect(told, name).toContain(`“${reason.replace(new RegExp(controls, 'g'), '?').replace(/\n/g, '?').slice(0, 40)}`)
      expect(told.length, name).toBeLessThan(500)
      await good('unlock')
      const done = await good('deploy', '--reason', reason)
      for (const { stdout, stderr } of [locked, refused, done]) expect(controls.test(stdout + stderr), name).toBe(false)
    }
    const history = await good('history')
    expect(controls.test(history.stdout)).toBe(false)
    for (const reason of Object.values(hostile())) {
      const plain = reason.split(controls)[0]?.split('\n')[0] ?? ''
      expect(history.stdout).toContain(plain.trimEnd().slice(0, 100))
    }
    expect(existsSync(canary)).toBe(false)
  })
})
