import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { waitForNextSecond, waitUntil } from '@dragonfab/test-kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endOf, eventsOf } from '../src/events.ts'
import { liveOf } from '../src/expect-released.ts'
import type { AcceptanceProject } from '../src/project.ts'
import { createStand, type TestStand } from '../src/test-stand.ts'

/**
 * Tasks that write what they did, each of which fails on web2 where `vars.fail` has it (`smoke,tell`). `down` and `up` are a site's maintenance;
 * `gate` waits to be let through.
 */
const body = `
  vars: { fail: '' },
  tasks: {
    ...Object.fromEntries(['prepare', 'smoke', 'tell', 'web_mode'].map((name) => [name, {
      summary: 'A task of the tests',
      args: ['mode?'],
      run: ({ env, args, sh }) => {
        const word = args.mode ? name + ':' + args.mode : name
        const fails = env.host === 'web2' && env.vars.fail.split(',').includes(word)
        const mode = name !== 'web_mode' ? sh\`:\` : args.mode === 'down' ? sh\`: >\${env.path}/down\` : sh\`rm -f -- \${env.path}/down\`
        return sh\`mkdir -p -- \${env.path}; echo \${word} >>\${env.path}/did
          \${fails ? sh\`echo 'no, not here'; exit 9\` : mode}\`
      },
    }])),
    gate: {
      summary: 'Wait to be let through',
      args: ['number'],
      run: ({ env, args, sh }) => sh\`
        : >\${env.path}/at-\${args.number}
        n=0
        until [ -e \${env.path}/open-\${args.number} ]; do n=$((n + 1)); [ "$n" -lt 1200 ] || exit 1; sleep 0.1; done\`,
    },
  },
  hooks: {
    'deploy.updated': ({ env, sh }) => sh\`[ \${env.host}:\${env.vars.fail} != web2:updated ]\`,
    'deploy.published': ({ env, sh, undoing }) => undoing ? undefined : sh\`[ \${env.host}:\${env.vars.fail} != web2:published ]\`,
  },`

const sequence = ['prepare', 'web_mode:down', 'release', 'smoke', { onFailure: 'tell' }, { always: 'web_mode:up' }]

let on: TestStand
let shop: AcceptanceProject

beforeAll(async () => {
  on = await createStand({ hosts: 2, repository: { files: 5 } })
  shop = await on.app({ body: '' })
  await shop.typescript(configured(sequence))
})
afterAll(() => on?.stop())

function configured(entries: readonly unknown[]): string {
  const hosts = shop.hosts.map((host) => JSON.stringify(host)).join(', ')
  return `plugins: [git({ repo: ${JSON.stringify(on.url)}, branch: 'main' })],
  environments: { production: { hosts: [${hosts}], sequence: ${JSON.stringify(entries)} } },${body}`
}

const did = (): string[][] =>
  shop.hosts.map(({ path }) => (existsSync(join(path, 'did')) ? readFileSync(join(path, 'did'), 'utf8').trim().split('\n') : []))
const down = (): boolean[] => shop.hosts.map(({ path }) => existsSync(join(path, 'down')))
const lives = (): string[] => shop.hosts.map(({ path }) => liveOf(path))

/** What a failing deployment did on both hosts, and left. */
async function failing(fail: string) {
  // What stands before the release in the sequence would be done twice.
  await waitForNextSecond()
  const [before, count] = [lives(), did().map(({ length }) => length)]
  const done = await shop.run(['production', 'deploy', '--json', '--set', `vars.fail=${fail}`])
  const { status, problems } = endOf(done)
  expect(done.status, done.stdout + done.stderr).toBe(status)
  expect(problems.map(({ host }) => host)).toEqual(['web2'])
  const end = eventsOf(done).findLast(({ type }) => type === 'run:end') as unknown as {
    readonly tasks: readonly { readonly task: string; readonly args: readonly string[]; readonly state: string }[]
    readonly hosts: readonly { readonly state: string }[]
  }
  const now = lives()
  return {
    status,
    did: did().map((all, index) => all.slice(count[index])),
    down: down(),
    switched: now.map((id, index) => id !== before[index]),
    hosts: end.hosts.map(({ state }) => state),
    told: end.tasks.map(({ task, args, state }) => `${[task, ...args].join(':')} ${state}`),
  }
}

describe('a sequence with a way to fail in each place', () => {
  test('that fails nowhere does all in order, once, under one lock', async () => {
    const done = await shop.run(['production', 'deploy', '--json'])
    expect(done.status, done.stdout + done.stderr).toBe(0)
    expect(did()).toEqual(shop.hosts.map(() => ['prepare', 'web_mode:down', 'smoke', 'web_mode:up']))
    expect(down()).toEqual([false, false])
    expect(lives()).toHaveLength(2)
  })

  test('in the first task: nothing live, what is always done is done, status 1', async () => {
    expect(await failing('prepare')).toEqual({
      status: 1,
      did: shop.hosts.map(() => ['prepare', 'tell', 'web_mode:up']),
      down: [false, false],
      switched: [false, false],
      hosts: ['untouched', 'untouched'],
      told: ['prepare failed', 'web_mode:down notStarted', 'release notStarted', 'smoke notStarted', 'tell done', 'web_mode:up done'],
    })
  })

  test('while maintenance begins: it ends on the host where it had begun, status 1', async () => {
    expect(await failing('web_mode:down')).toMatchObject({
      status: 1,
      did: shop.hosts.map(() => ['prepare', 'web_mode:down', 'tell', 'web_mode:up']),
      down: [false, false],
      switched: [false, false],
    })
  })

  test('in the release before the switch: status 1', async () => {
    expect(await failing('updated')).toMatchObject({
      status: 1,
      did: shop.hosts.map(() => ['prepare', 'web_mode:down', 'tell', 'web_mode:up']),
      down: [false, false],
      switched: [false, false],
      hosts: ['untouched', 'untouched'],
    })
  })

  test('in the release after the switch: put back, status 3', async () => {
    expect(await failing('published')).toMatchObject({
      status: 3,
      did: shop.hosts.map(() => ['prepare', 'web_mode:down', 'tell', 'web_mode:up']),
      down: [false, false],
      switched: [false, false],
      hosts: ['undone', 'undone'],
      told: expect.arrayContaining(['release failed', 'smoke notStarted']),
    })
  })

  test('after the release: it stays, and that is said, status 4', async () => {
    expect(await failing('smoke')).toEqual({
      status: 4,
      did: shop.hosts.map(() => ['prepare', 'web_mode:down', 'smoke', 'tell', 'web_mode:up']),
      down: [false, false],
      switched: [true, true],
      hosts: ['notUndone', 'notUndone'],
      told: ['prepare done', 'web_mode:down done', 'release done', 'smoke failed', 'tell done', 'web_mode:up done'],
    })
  })

  test('in what is only done after a failure: the rest of it is done all the same', async () => {
    const [count = 0] = did().map(({ length }) => length)
    const failed = await shop.run(['production', 'deploy', '--json', '--set', 'vars.fail=prepare,tell'])
    expect(failed.status, failed.stdout + failed.stderr).toBe(1)
    expect(did()[0]?.slice(count)).toEqual(['prepare', 'tell', 'web_mode:up'])
    expect(endOf(failed).problems).toHaveLength(2)
  })

  test('people read what has and what has not happened', async () => {
    const { status, stdout, stderr } = await shop.run(['production', 'deploy', '--set', 'vars.fail=published'])
    expect(status, stdout + stderr).toBe(3)
    expect(stderr).toContain(
      '✔ done  prepare, web_mode:down\n✖ failed  release\n· not started  smoke\n✔ done after the failure  tell, web_mode:up\n',
    )
    const late = await shop.run(['production', 'deploy', '--set', 'vars.fail=smoke'])
    expect(late.status, late.stdout + late.stderr).toBe(4)
    expect(late.stderr).toMatch(/✖ changed and NOT undone {2}web1, web2 · live: releases\//)
  })
})

test('a second run is locked out from the first task to the last', async () => {
  await shop.typescript(configured(['prepare', 'gate:1', 'release', 'gate:2', { always: 'gate:3' }]))
  const run = shop.start(['production', 'deploy', '--json'])
  const paths = shop.hosts.map(({ path }) => path)
  for (const number of [1, 2, 3]) {
    await waitUntil(`gate ${number}`, () => paths.every((path) => existsSync(join(path, `at-${number}`))), 60_000)
    const other = await shop.run(['production', 'prepare'])
    expect(other.status, other.stdout + other.stderr).toBe(75)
    for (const path of paths) writeFileSync(join(path, `open-${number}`), '')
  }
  const done = await run.result
  expect(done.status, done.stdout + done.stderr).toBe(0)
  const after = await shop.run(['production', 'prepare'])
  expect(after.status, after.stdout + after.stderr).toBe(0)
})

test('tools are told sequences, tasks, arguments, hosts and hooks', async () => {
  await shop.typescript(configured(sequence))
  const { status, stdout, stderr } = await shop.run(['list', '--json'])
  expect(status, stdout + stderr).toBe(0)
  const listed = JSON.parse(stdout)
  expect(listed.environments).toEqual([
    {
      name: 'production',
      roles: [],
      hosts: [{ name: 'web1' }, { name: 'web2' }],
      sequence: [
        { task: 'prepare', args: [], when: 'next' },
        { task: 'web_mode', args: ['down'], when: 'next' },
        { task: 'release', args: [], when: 'next' },
        { task: 'smoke', args: [], when: 'next' },
        { task: 'tell', args: [], when: 'onFailure' },
        { task: 'web_mode', args: ['up'], when: 'always' },
      ],
    },
  ])
  expect(listed.tasks).toContainEqual({ name: 'smoke', args: ['mode?'], summary: 'A task of the tests', plugin: 'config' })
  expect(listed.tasks).toContainEqual(expect.objectContaining({ name: 'rollback', args: ['rollbackTo?'], plugin: 'release' }))
  const published = listed.signals.find(({ name }: { name: string }) => name === 'deploy.published')
  expect(published.hooks).toContainEqual({ plugin: 'config' })

  await shop.typescript(configured(sequence).replace(/, sequence: .*\} \},/, ' } },'))
  const plain = JSON.parse((await shop.run(['list', '--json'])).stdout)
  expect(plain.environments[0].sequence).toEqual([{ task: 'release', args: [], when: 'next' }])
})
