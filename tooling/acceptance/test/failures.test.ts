import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endOf } from '../src/events.ts'
import { badOf, goodOf, liveOf, liveOrNone } from '../src/expect-released.ts'
import type { AcceptanceProject } from '../src/project.ts'
import { createStand, type TestStand } from '../src/test-stand.ts'

/** A hook on every barrier, each of which fails on the host that its variable names; and one that fails on the way back. */
const body = `
  vars: { prepare: '', published: '', back: '', finishing: '' },
  hooks: {
    'deploy.updated': ({ env, sh }) => sh\`[ \${env.host} != \${env.vars.prepare} ] || { echo 'no build here'; exit 9; }\`,
    'deploy.published': ({ env, sh, undoing }) => undoing
      ? sh\`echo back >>\${env.path}/restarted; [ \${env.host} != \${env.vars.back} ]\`
      : sh\`echo \${env.releasePath} >>\${env.path}/restarted; [ \${env.host} != \${env.vars.published} ] || { echo 'it does not answer'; exit 7; }\`,
    'deploy.finishing': ({ env, sh }) => sh\`[ \${env.host} != \${env.vars.finishing} ]\`,
  },`

let on: TestStand
let shop: AcceptanceProject

beforeAll(async () => {
  on = await createStand({ hosts: 3, repository: { files: 20 } })
  shop = await on.app({ body })
  for (let count = 0; count < 2; count++) {
    const result = await shop.run(['production', 'deploy'])
    expect(result.status, result.stdout + result.stderr).toBe(0)
  }
})
afterAll(() => on?.stop())

const lives = (project: AcceptanceProject) => project.hosts.map(({ path }) => liveOf(path))
const fail = (...words: string[]) => shop.run(['production', 'deploy', '--json', ...words])

describe('a third release, after two good ones', () => {
  test('that fails its hook after the switch on one host of three: all are back, status 3', async () => {
    const before = lives(shop)
    const bad = shop.hosts.map(({ path }) => badOf(path))
    const result = await fail('--set', 'vars.published=web2')
    const end = endOf(result)
    expect([result.status, end.status]).toEqual([3, 3])
    expect(end.problems.map(({ code, host, cause }) => [code, host, cause])).toEqual([['STEP_FAILED', 'web2', 'it does not answer']])
    expect(end.hosts).toEqual(before.map((id, index) => ({ host: `web${index + 1}`, state: 'undone', live: `releases/${id}` })))
    expect(lives(shop)).toEqual(before)
    for (const [index, { path }] of shop.hosts.entries()) {
      const [fresh] = badOf(path).filter((id) => !bad[index]?.includes(id))
      expect(fresh).toBeDefined()
      expect(goodOf(path)).not.toContain(fresh)
      expect(goodOf(path)).toHaveLength(2)
    }
  })

  test('whose way back fails on one host: status 4, and who runs what is said', async () => {
    const before = lives(shop)
    const result = await fail('--set', 'vars.published=web2', '--set', 'vars.back=web3')
    const end = endOf(result)
    expect([result.status, end.status]).toEqual([4, 4])
    expect(end.hosts.map(({ host, state }) => [host, state])).toEqual([
      ['web1', 'undone'],
      ['web2', 'undone'],
      ['web3', 'notUndone'],
    ])
    // The link went back everywhere; it is the restart that failed, and web3 says what its link shows.
    expect(end.hosts.map(({ live }) => live)).toEqual(lives(shop).map((id) => `releases/${id}`))
    expect(lives(shop)).toEqual(before)
    const told = await shop.run(['production', 'deploy', '--set', 'vars.published=web2', '--set', 'vars.back=web3'])
    expect(told.status).toBe(4)
    expect(told.stdout + told.stderr).toMatch(/NOT undone {2}web3/)
  })

  test('that fails while finishing: all are back, status 3', async () => {
    const before = lives(shop)
    const result = await fail('--set', 'vars.finishing=web1')
    expect([result.status, endOf(result).status]).toEqual([3, 3])
    expect(endOf(result).hosts.map(({ state }) => state)).toEqual(['undone', 'undone', 'undone'])
    expect(lives(shop)).toEqual(before)
  })

  test('that fails on one host before the switch: no host switches, status 1 (MUL-01)', async () => {
    const before = lives(shop)
    const good = shop.hosts.map(({ path }) => goodOf(path))
    const result = await fail('--set', 'vars.prepare=web3')
    const end = endOf(result)
    expect([result.status, end.status]).toEqual([1, 1])
    expect(end.problems.map(({ code, host }) => [code, host])).toEqual([['STEP_FAILED', 'web3']])
    expect(end.hosts.map(({ state }) => state)).toEqual(['untouched', 'untouched', 'untouched'])
    expect(lives(shop)).toEqual(before)
    expect(shop.hosts.map(({ path }) => goodOf(path))).toEqual(good)
  })

  test('and the next plain one just works', async () => {
    const before = lives(shop)
    const result = await shop.run(['production', 'deploy'])
    expect(result.status, result.stdout + result.stderr).toBe(0)
    for (const [index, id] of lives(shop).entries()) expect(id).not.toBe(before[index])
  })
})

test('a first release ever that fails after the switch leaves no current', async () => {
  const first = await on.app({ name: 'first', body })
  const result = await first.run(['production', 'deploy', '--json', '--set', 'vars.published=web2'])
  expect([result.status, endOf(result).status]).toEqual([3, 3])
  expect(first.hosts.map(({ path }) => liveOrNone(path))).toEqual([undefined, undefined, undefined])
  const next = await first.run(['production', 'deploy'])
  expect(next.status, next.stdout + next.stderr).toBe(0)
})
