import { realpathSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import { basename, join } from 'node:path'
import {
  type CliProject,
  type CommandResult,
  createCliProject,
  createGitFixture,
  findFreePort,
  type GitFixture,
  mustRun,
  type SshHosts,
  startSshHosts,
} from '@dragonfab/test-kit'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { webhook } from './webhook.ts'

let hosts: SshHosts
let repository: GitFixture
let chat: Awaited<ReturnType<typeof webhook>>
let shop: CliProject

beforeAll(async () => {
  hosts = await startSshHosts(2)
  repository = await createGitFixture({ files: 3 })
  chat = await webhook()
})
afterEach(() => shop?.remove())
afterAll(async () => {
  await Promise.all([hosts?.stop(), repository?.remove(), chat?.stop()])
})

const by = `${userInfo().username} on ${hostname()}`
const live = () => basename(realpathSync(join(shop.path(), 'current')))
const short = (commit: string) => commit.slice(0, 10)

async function project(config?: object): Promise<void> {
  shop = await createCliProject(hosts, {
    env: { DRAGONFAB_USER: userInfo().username, CANARY: 'canary-7' },
  })
  const git = { repo: repository.path, branch: 'main', strategy: 'upload' }
  if (config) await shop.config({ plugins: ['git', 'notify'], git, ...config })
  chat.received.length = 0
}

async function good(...words: string[]): Promise<string> {
  const { status, stdout, stderr } = await shop.run(...words)
  expect(status, stdout + stderr).toBe(0)
  return stdout + stderr
}

test('a release and a rollback are told once each, before and after, with the commits between and links to them', async () => {
  await project({
    notify: {
      slackWebhook: `${chat.url}/services/T0/B0/secret-path`,
      slackChannel: '#deploy',
      iconEmoji: ':rocket:',
      webhook: `${chat.url}/services/json`,
      webhookToken: 'the-token',
      gitWeb: 'https://git.example.org/shop/commit/',
      commits: 2,
    },
  })
  await good('test', 'release')
  const before = live()
  const first = chat.received.splice(0)
  expect(first.map(({ path, body }) => [path, body.event ?? body.text])).toEqual(
    expect.arrayContaining([
      ['/services/T0/B0/secret-path', expect.stringMatching(/^\*shop\* › test: deploying `/)],
      ['/services/json', 'starting'],
      ['/services/json', 'deployed'],
    ]),
  )
  expect(first).toHaveLength(4)
  const commits = []
  for (const subject of ['one', 'two <!channel> & | more', 'three']) commits.push(await commit(subject))
  const [, two = '', three = ''] = commits
  const told = await good('test', 'release', '--verbose')
  expect(told).not.toContain('secret-path')
  const [slack, ended] = chat.received.filter(({ path }) => path.includes('T0'))
  expect(slack?.body).toEqual({
    text: `*shop* › test: deploying \`${live()}\`: main <https://git.example.org/shop/commit/${three}|${short(three)}> (before: \`${short(repository.first)}\`), by ${by}`,
    channel: '#deploy',
    icon_emoji: ':rocket:',
    attachments: [
      {
        color: '#439FE0',
        fallback: expect.stringContaining('and 1 more'),
        mrkdwn_in: ['text'],
        text: [
          `<https://git.example.org/shop/commit/${three}|${short(three)}> three (Test)`,
          `<https://git.example.org/shop/commit/${two}|${short(two)}> two &lt;!channel&gt; &amp; | more (Test)`,
          'and 1 more',
        ].join('\n'),
      },
    ],
  })
  expect(ended?.body.text).toMatch(/^\*shop\* › test: deployed `/)
  const [, json] = chat.received.filter(({ path }) => path === '/services/json')
  expect(json?.authorization).toBe('Bearer the-token')
  expect(json?.body).toMatchObject({
    event: 'deployed',
    app: 'shop',
    stage: 'test',
    task: 'release',
    release: live(),
    by,
    hosts: ['web1', 'web2'],
    revision: { commit: three, branch: 'main', from: repository.first, omitted: 1 },
  })
  chat.received.length = 0
  const left = live()
  await good('test', 'rollback')
  expect(chat.received.filter(({ path }) => path === '/services/json').map(({ body }) => body)).toMatchObject([
    {
      event: 'starting',
      task: 'rollback',
      release: before,
      rollbackFrom: left,
      text: `shop › test: rolling back from ${left} to ${before}, by ${by}`,
    },
    { event: 'rolledBack', task: 'rollback', release: before, rollbackFrom: left },
  ])
})

/** A commit of the same files with a subject of its own. */
async function commit(subject: string): Promise<string> {
  const git = ['git', '-c', 'safe.directory=*', '--git-dir', repository.path]
  const [tree = '', parent = ''] = (await mustRun([...git, 'rev-parse', 'main^{tree}', 'main^{commit}'])).trim().split('\n')
  const env = { ...process.env, GIT_AUTHOR_NAME: 'Test', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'Test', GIT_COMMITTER_EMAIL: 'a@b' }
  const made = (await mustRun([...git, 'commit-tree', tree, '-p', parent, '-m', subject], { env })).trim()
  await mustRun([...git, 'update-ref', 'refs/heads/main', made])
  return made
}

test('a failure tells which hosts, what went wrong and how they stand, with secrets masked; a failed restart too', async () => {
  await project()
  await shop.write(
    'dragonfab.config.ts',
    `import git from '@dragonfab/plugin-git'
import notify from '@dragonfab/plugin-notify'
import { defineConfig, secret } from 'dragonfab'
export default defineConfig({
  appName: 'shop',
  vars: { at: 'none' },
  plugins: [git({ repo: ${JSON.stringify(repository.path)}, branch: 'main', strategy: 'upload' }), notify({ webhook: '${chat.url}/services/json' })],
  hooks: {
    'deploy.updated': ({ env, sh, step }) => env.vars.at === 'updated' && env.host === 'web2' && step(sh\`echo out of memory: \${secret.env('CANARY')} >&2; exit 64\`, { failures: { 64: { code: 'BUILD', message: 'no build: $OUTPUT' } } }),
    'deploy.published': ({ env, sh, undoing }) => env.vars.at === 'published' && !undoing && env.host === 'web2' && sh\`exit 1\`,
    'deploy.restarting': ({ sh }) => sh\`exit 1\`,
  },
  environments: { test: { hosts: [${hosts.hosts.map(({ name }) => `{ name: '${name}', path: '${shop.path(name)}' }`).join(', ')}] } },
})
`,
  )
  const last = async (status: number, ...words: string[]) => {
    chat.received.length = 0
    const done = await shop.run(...words)
    expect(done.status, done.stdout + done.stderr).toBe(status)
    return chat.received.at(-1)?.body
  }
  await good('test', 'release')
  const early = await last(1, 'test', 'release', '--set', 'vars.at=updated')
  expect(early).toMatchObject({ event: 'failed', task: 'release', failure: { status: 1 } })
  expect(early.text).toMatch(/^shop › test: release \S+ failed, nothing live was changed \(status 1\), by /)
  expect(early.failure.problems).toMatchObject([{ code: 'BUILD', host: 'web2', message: 'no build: out of memory: [secret]' }])
  expect(JSON.stringify(early)).not.toContain('canary')
  const late = await last(3, 'test', 'release', '--set', 'vars.at=published')
  expect(late.text).toContain('undone on all hosts (status 3)')
  expect(late.failure.hosts).toEqual([
    { host: 'web1', state: 'undone' },
    { host: 'web2', state: 'undone' },
  ])
  expect(late.failure.problems[0]).toMatchObject({ host: 'web2' })
  const restart = await last(1, 'test', 'restart')
  expect(restart).toMatchObject({ event: 'failed', task: 'restart', text: expect.stringContaining('restart failed') })
})

test('how it stands is told: not put back (4), and no host that can be reached (1)', async () => {
  await project()
  await shop.write(
    'dragonfab.config.ts',
    `import notify from '@dragonfab/plugin-notify'
import { defineConfig } from 'dragonfab'
export default defineConfig({
  appName: 'shop',
  vars: { at: 'none' },
  plugins: [notify({ webhook: '${chat.url}/services/json' })],
  hooks: {
    'deploy.published': ({ env, sh }) => env.host === 'web2' && env.vars.at === 'stuck' && sh\`exit 1\`,
  },
  environments: { test: { hosts: [${hosts.hosts.map(({ name }) => `{ name: '${name}', path: '${shop.path(name)}' }`).join(', ')}] } },
})
`,
  )
  await good('test', 'release')
  const failed = () => chat.received.map(({ body }) => body).filter(({ event }) => event === 'failed')
  const told = (done: CommandResult, status: number, says: string) => {
    expect(done.status, done.stdout + done.stderr).toBe(status)
    // Once, and last.
    expect(failed()).toHaveLength(1)
    expect(chat.received.at(-1)?.body).toMatchObject({ event: 'failed', task: 'release', failure: { status } })
    const [only] = failed()
    expect(only.text).toContain(says)
    chat.received.length = 0
    return only.failure
  }
  chat.received.length = 0
  const stuck = told(await shop.run('test', 'release', '--set', 'vars.at=stuck'), 4, 'and not undone on all hosts (status 4)')
  expect(stuck.hosts).toMatchObject([
    { host: 'web1', state: 'undone' },
    { host: 'web2', state: expect.not.stringMatching('undone') },
  ])
  await good('test', 'release')
  chat.received.length = 0

  await Promise.all(hosts.hosts.map((host) => host.stop()))
  const unreachable = told(await shop.run('test', 'release'), 1, 'nothing live was changed (status 1)')
  expect(unreachable.problems.map(({ host }: { readonly host: string }) => host).sort()).toEqual(['web1', 'web2'])
  await Promise.all(hosts.hosts.map((host) => host.start()))
})

test.each([
  ['hangs', () => `${chat.url}/hang/secret-path`, /did not answer in time/],
  ['is not there', async () => `http://127.0.0.1:${await findFreePort('127.0.0.1')}/secret-path`, /cannot be reached/],
  ['refuses', () => `${chat.url}/other/secret-path`, /answered 404: no_service/],
  ['is no address', () => 'secret-path', /not an address/],
])('a webhook that %s is a warning, and holds nothing up', async (_, address, why) => {
  await project({ notify: { slackWebhook: await address(), timeout: 2 } })
  const { status, stdout } = await shop.run('test', 'release', '--json')
  expect(status).toBe(0)
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const notes = events.filter(({ type }) => type === 'note')
  expect(notes).toEqual([expect.objectContaining({ level: 'warning', message: expect.stringMatching(why) })])
  expect(stdout).not.toContain('secret-path')
  const took = (title: string) => events.find(({ type, title: each }) => type === 'step:end' && each === title)?.ms
  expect(took('send a message: starting')).toBeLessThan(500)
  expect(took('send a message: deployed')).toBeLessThan(3000)
  const check = await shop.run('test', 'check')
  expect(check.status).toBe(0)
})

test('a deployfile that names slack and git2slack runs unchanged, and send_message sends', async () => {
  await project()
  await shop.write(
    'deploy.yml',
    `app_name: shop
sudo_user: ${hosts.user.name}
path: ${shop.path()}
repo: ${repository.path}
branch: main
git_strategy: upload
plugins: [fapistrano.git, fapistrano.plugins.slack, fapistrano.git2slack]
slack_webhook: ${chat.url}/services/T1
slack_channel: '#ops'
icon_emoji: ':trollface:'
git_web: https://git.example.org/shop/commit/
stage_role_configs: { test: { web: { hosts: web1 } } }
`,
  )
  await good('-d', 'deploy.yml', 'release', '-s', 'test', '-r', 'web')
  expect(chat.received.map(({ body }) => [body.channel, body.icon_emoji, body.text.split(' ')[3]])).toEqual([
    ['#ops', ':trollface:', 'deploying'],
    ['#ops', ':trollface:', 'deployed'],
  ])
  for (const task of ['send_message', 'notify.send']) {
    chat.received.length = 0
    await good('-d', 'deploy.yml', 'test', `${task}:Hello <all>\\, & you`)
    expect(chat.received.map(({ body }) => body.text)).toEqual(['Hello &lt;all&gt;, &amp; you'])
  }
  await project({})
  const { status, stdout, stderr } = await shop.run('test', 'notify.send:hello')
  expect([status, stdout + stderr]).toEqual([2, expect.stringContaining('NOTIFY_NOWHERE')])
})
