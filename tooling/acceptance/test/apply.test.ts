import { readFileSync, writeFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Plan } from '@dragonfab/plan'
import { createTestUser } from '@dragonfab/test-kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endOf } from '../src/events.ts'
import { liveOf, liveOrNone } from '../src/expect-released.ts'
import type { AcceptanceProject } from '../src/project.ts'
import { createRecorder, type Recorder, scriptsOf } from '../src/recorder.ts'
import { createStand, type TestStand } from '../src/test-stand.ts'

const token = 'a token that no plan may hold'
let on: TestStand
let records: Recorder

beforeAll(async () => {
  const user = await createTestUser('plain', { suffix: 'apply' })
  records = await createRecorder(user)
  on = await createStand({ hosts: 2, ssh: { user, config: [records.config] }, repository: { files: 10 } })
})
afterAll(() => on?.stop())

const strategy = (name: string) => ({ git: { repo: on.url, branch: 'main', strategy: name } })
const body = (greeting: string) => `
  dotenv: { TOKEN: secret(${JSON.stringify(token)}, 'the token') },
  hooks: {
    'deploy.starting': ({ local, sh }) => local\`echo built-here >dist/built\`,
    'deploy.updating': ({ env, upload }) => upload('assets', \`\${env.releasePath}/assets\`),
    'deploy.updated': [
      ({ env, upload }) => upload('dist', \`\${env.releasePath}/dist\`),
      ({ env, code }) => code({ name: 'greet', args: { to: env.releasePath } }, async ({ capture }) => {
        await capture(sh\`echo ${greeting} >\${env.releasePath}/greeting\`)
      }),
    ],
  },`

/** A project with a plan for a deployment, saved before anything ran. */
async function planned(name: string, git: string, text = body('hello'), task = 'deploy'): Promise<AcceptanceProject> {
  const shop = await on.app({ name, config: strategy(git), body: text })
  for (const folder of ['assets', 'dist']) await mkdir(join(shop.directory, folder))
  await writeFile(join(shop.directory, 'assets/style.css'), 'body {}\n')
  await save(shop, task)
  return shop
}

async function save(shop: AcceptanceProject, task = 'deploy'): Promise<Plan> {
  const made = await shop.run(['production', task, '--plan-out', 'plan.json'])
  expect(made.status, made.stdout + made.stderr).toBe(0)
  return JSON.parse(readFileSync(join(shop.directory, 'plan.json'), 'utf8'))
}

const textsOf = (plan: Plan, host: string): readonly string[] =>
  plan.tasks
    .flatMap((task) => task.phases.flatMap((phase) => phase.segments))
    .flatMap((segment) => (segment.kind === 'hosts' ? (segment.parts[host] ?? []) : []))
    .flatMap((part) => (part.kind === 'script' ? [part.text] : []))

/** What sessions evaluated; `look` is the question whether the host has moved on, which comes before. */
async function evaluated(): Promise<readonly (readonly string[])[]> {
  const sessions = (await records.take()).map(scriptsOf).filter((scripts) => scripts.length > 1)
  return on.cluster.hosts.map(({ root }) => sessions.find((scripts) => scripts.some((text) => text.includes(root)))?.slice(1) ?? [])
}

const refused = async (shop: AcceptanceProject) => {
  const lives = () => shop.hosts.map(({ path }) => liveOrNone(path))
  const before = lives()
  const result = await shop.run(['apply', 'plan.json', '--json'])
  expect(lives()).toEqual(before)
  const { codes, problems } = endOf(result)
  return { status: result.status, codes: [...new Set(codes)], hosts: problems.map(({ host }) => host) }
}

describe.each(['mirror', 'upload'])('with strategy %s', (git) => {
  test('a saved plan runs byte for byte, with its secrets, local steps and uploads', async () => {
    const shop = await planned(`apply-${git}`, git)
    const text = readFileSync(join(shop.directory, 'plan.json'), 'utf8')
    const plan: Plan = JSON.parse(text)
    expect(text).not.toContain(token)
    expect(shop.hosts.map(({ path }) => liveOrNone(path))).toEqual([undefined, undefined])
    await records.take()
    // What is pushed meanwhile is not in the plan.
    await on.commit({ [`later-${git}`]: 'later\n' })
    const result = await shop.run(['apply', 'plan.json'])
    expect(result.status, result.stdout + result.stderr).toBe(0)
    const sent = await evaluated()
    expect(sent).toEqual(shop.hosts.map(({ name }) => textsOf(plan, name)))
    expect(sent[0]?.length).toBeGreaterThan(2)
    expect(JSON.stringify(sent)).not.toContain(token)
    const [commit] = Object.values(plan.facts.hosts).map((facts) => facts['git.commit'])
    for (const { path } of shop.hosts) {
      const read = (name: string) => readFileSync(join(path, 'current', name), 'utf8')
      expect(liveOf(path)).toBe(plan.facts.local.release)
      expect(read('REVISION')).toBe(`${commit}\n`)
      expect([read('dist/built'), read('assets/style.css'), read('greeting')]).toEqual(['built-here\n', 'body {}\n', 'hello\n'])
      expect(read('.env')).toBe(`TOKEN="${token}"\n`)
    }
    // It was for hosts that ran nothing.
    expect(await refused(shop)).toMatchObject({ status: 1, codes: ['PLAN_OUTDATED'] })
  })
})

test('a plan of a rollback runs, and then not again', async () => {
  const shop = await on.app({ name: 'back' })
  for (let count = 0; count < 2; count++) expect((await shop.run(['production', 'deploy'])).status).toBe(0)
  const plan = await save(shop, 'rollback')
  await records.take()
  const result = await shop.run(['apply', 'plan.json'])
  expect(result.status, result.stdout + result.stderr).toBe(0)
  expect(await evaluated()).toEqual(shop.hosts.map(({ name }) => textsOf(plan, name)))
  expect(await refused(shop)).toMatchObject({ status: 1, codes: ['PLAN_OUTDATED'] })
})

describe('refused, with nothing changed', () => {
  test('after one of the hosts has moved on: 1, and which', async () => {
    const shop = await planned('moved', 'mirror')
    expect((await shop.run(['production', 'deploy', '--host', 'web2'])).status).toBe(0)
    const { status, hosts } = await refused(shop)
    expect([status, hosts]).toEqual([1, ['web2']])
  })

  test('when a code step is another: 2', async () => {
    const shop = await planned('code', 'mirror')
    const config = readFileSync(join(shop.directory, 'dragonfab.config.ts'), 'utf8')
    expect(config).toContain('echo hello')
    await shop.write('dragonfab.config.ts', config.replace('echo hello', 'echo goodbye'))
    expect(await refused(shop)).toMatchObject({ status: 2, codes: ['PLAN_CODE_DIFFERS'] })
  })

  test('when what an upload reads is not what it was: 2', async () => {
    const shop = await planned('read', 'mirror', body('hello').replace(/'deploy.starting'.*/, ''))
    writeFileSync(join(shop.directory, 'assets/style.css'), 'body { color: red }\n')
    expect(await refused(shop)).toMatchObject({ status: 2, codes: ['PLAN_CODE_DIFFERS'] })
  })

  test('when the hosts of the configuration are others: 2', async () => {
    const shop = await on.app({ name: 'hosts' })
    await save(shop)
    await shop.json({
      plugins: ['git'],
      git: { repo: on.url, branch: 'main' },
      environments: { production: { hosts: shop.hosts.map(({ name, path }) => ({ name, path: `${path}-else` })) } },
    })
    expect(await refused(shop)).toMatchObject({ status: 2, codes: ['PLAN_CODE_DIFFERS'] })
  })

  test.each([
    ['no JSON', '{', 'BAD_PLAN'],
    ['no plan', '{"format":2}', 'BAD_PLAN'],
  ])('a file that is %s: 2', async (_what, text, code) => {
    const shop = await on.app({ name: 'bad' })
    await shop.write('plan.json', text)
    expect(await refused(shop)).toMatchObject({ status: 2, codes: [code] })
  })
})
