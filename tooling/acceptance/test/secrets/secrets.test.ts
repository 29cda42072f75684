import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type CommandResult,
  createGitFixture,
  forgetSudo,
  type GitFixture,
  type SshHosts,
  startCommand,
  startSampler,
  startSshHosts,
} from '@dragonfab/test-kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { httpServer } from '../../../../packages/plugin-git/test/http-server.ts'
import { type AcceptanceProject, createProject } from '../../src/project.ts'
import { formsOf } from './forms.ts'

const canaries = {
  plugin: `Kanarie-plugin-a'b"c$d%e\\f`,
  dotenv: `Kanarie-dotenv-g'h"i$j k`,
  git: `Kanarie-git-l'm"n o$p%q`,
  url: 'Kanarie-url-rs@t:u',
}
let cluster: SshHosts
let repository: GitFixture
let server: Awaited<ReturnType<typeof httpServer>>
let other: Awaited<ReturnType<typeof httpServer>>
let shop: AcceptanceProject
const secrets = () => ({ ...canaries, sudo: cluster.user.password ?? '' })
const needles = () => Object.entries(secrets()).flatMap(([kind, secret]) => formsOf(secret).map((form) => ({ kind, form })))

beforeAll(async () => {
  cluster = await startSshHosts(2, { user: 'sudo-password' })
  repository = await createGitFixture({ files: 30 })
  const folder = join(repository.path, '..')
  server = await httpServer(folder, 'bot', canaries.git)
  other = await httpServer(folder, 'bot', canaries.url)
  shop = await createProject(cluster, { name: 'quiet' })
  for (const [name, value] of Object.entries(canaries)) await shop.write(`${name}.secret`, value)
  await shop.typescript(`
    vars: { fail: '' },
    plugins: [
      git({ repo: 'http://bot@127.0.0.1:${server.port}/repo.git', branch: 'main', password: kept('git') }),
      vault({ token: kept('plugin') }),
    ],
    sudoUser: 'root',
    dotenv: { PLAIN: 'seen', TOKEN: kept('dotenv') },
    environments: {
      live: { hosts: ${JSON.stringify(shop.hosts)} },
      addressed: { hosts: ${JSON.stringify(shop.hosts)}, appName: 'other', git: { password: undefined, repo: \`http://bot:\${encodeURIComponent(text('url'))}@127.0.0.1:${other.port}/repo.git\`.replaceAll('%', '%%') } },
    },
    tasks: { leak: { summary: 'l', run: ({ env, sh }) => sh\`printf '%s\\n' \${env.vault.token}; printf '%s' \${env.vault.token} | base64; printf '%s' \${env.vault.token} | od -An -tx1 | tr -d ' \\n'; exit 3\` } },`)
  const file = join(shop.directory, 'dragonfab.config.ts')
  const plugin = `import { readFileSync } from 'node:fs'
import { hide } from '@dragonfab/core'
import { definePlugin, secretText } from 'dragonfab'
const text = (name: string) => readFileSync(new URL(name + '.secret', import.meta.url), 'utf8')
const kept = (name: string) => hide(text(name), name)
const vault = definePlugin({
  name: 'vault',
  options: { token: secretText({ help: 'A token' }) },
  hooks: {
    'deploy.updating': ({ env, sh }) => sh\`printf '%s' \${env.vault.token} | cksum >\${env.releasePath}/sum; echo "the token:" \${env.vault.token}; [ -z \${env.vars.fail} ] || exit 9\`,
  },
})
`
  writeFileSync(file, plugin + readFileSync(file, 'utf8'))
})
afterAll(async () => {
  await Promise.all([server?.stop(), other?.stop(), repository?.remove(), cluster?.stop(), shop?.remove()])
})

const sudo = { stdin: '' }
const ran: (CommandResult & { readonly words: string })[] = []
async function run(words: readonly string[], status: number): Promise<void> {
  await forgetSudo(cluster.user)
  const result = await shop.run(['--ask-sudo-password', ...words].slice(words[0] === 'list' ? 1 : 0), {
    ...sudo,
    stdin: `${cluster.user.password}\n`,
  })
  ran.push({ ...result, words: words.join(' ') })
  expect(result.status, `${words.join(' ')}\n${result.stdout}${result.stderr}`).toBe(status)
}

const found = (text: string) => needles().flatMap(({ kind, form }) => (text.includes(form) ? [`${kind}: ${form}`] : []))

/** All files below, as one byte a character, except those in which the secret belongs. */
function files(folder: string): readonly { readonly file: string; readonly text: string }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ file, text: readFileSync(file, 'utf8') }))
}

test('no secret is in any argument, environment of others, output, plan or file, whatever the command (SEC-01, SEC-07)', async () => {
  const all = needles()
  const sampler = await startSampler(all.map(({ form }) => form))
  const matrix: readonly (readonly [words: readonly string[], status: number])[] = [
    [['live', 'deploy'], 0],
    [['live', 'deploy', '--dry-run'], 0],
    [['live', 'deploy', '--plan-out', 'plan.json'], 0],
    [['apply', 'plan.json', '--json'], 0],
    [['live', 'deploy', '--json', '--verbose'], 0],
    [['live', 'deploy', '--verbose', '--set', 'vars.fail=yes'], 1],
    [['live', 'leak', '--verbose'], 1],
    [['live', 'leak', '--json'], 1],
    [['live', 'env'], 0],
    [['live', 'env', '--json'], 0],
    [['live', 'history'], 0],
    [['live', 'status'], 0],
    [['list', '--json'], 0],
    [['addressed', 'deploy', '--verbose'], 0],
    [['addressed', 'deploy', '--verbose', '--git-branch', 'absent'], 1],
    [['addressed', 'env'], 0],
    [['addressed', 'env', '--json'], 0],
    [['addressed', 'check'], 0],
    [['addressed', 'deploy', '--dry-run', '--json'], 0],
  ]
  let sampled: Awaited<ReturnType<typeof sampler.stop>>
  try {
    for (const [words, status] of matrix) await run(words, status)
  } finally {
    sampled = await sampler.stop()
    const rate = Math.round(sampled.rounds / sampled.seconds)
    console.log(`${matrix.length} commands in ${Math.round(sampled.seconds)} s, ${rate} rounds a second, ${sampled.read} readings`)
  }
  for (const { words, stdout, stderr } of ran) expect(found(stdout + stderr), words).toEqual([])
  // The command that prints it did print: masked.
  expect(ran.find(({ words }) => words.includes('leak'))?.stdout).toContain('[secret]')
  expect(found(readFileSync(join(shop.directory, 'plan.json'), 'utf8'))).toEqual([])
  const told = all.map(({ kind }) => kind)
  const seen = sampled.seen.map((line) => line.replace(/needle=(\d+)/, (_, index) => `${told[Number(index)]}`))
  expect(seen).toEqual([])
  expect(sampled.rounds / sampled.seconds).toBeGreaterThan(500)
  for (const { path } of shop.hosts) {
    const remote = files(path)
    expect(remote.length).toBeGreaterThan(30)
    for (const { file, text } of remote) {
      const here = found(text).filter((each) => !(file.endsWith('/.env') && each.startsWith('dotenv')))
      expect(here, file).toEqual([])
    }
    expect(readFileSync(join(path, 'current/.env'), 'utf8')).toContain('TOKEN=')
  }
})

test('the watch sees an argument, an environment, and each form in a text', async () => {
  const all = needles().map(({ form }) => form)
  const sampler = await startSampler(all)
  const shown = startCommand(['sh', '-c', 'sleep 1; :', 'sh', canaries.plugin])
  const held = startCommand(['sleep', '1'], { env: { PATH: process.env.PATH, X: canaries.url } })
  await Promise.all([shown.result, held.result])
  const { seen } = await sampler.stop()
  expect(seen.some((line) => line.startsWith('cmdline sh'))).toBe(true)
  expect(seen.some((line) => line.startsWith('environ sleep'))).toBe(true)
  for (const secret of Object.values(secrets()))
    for (const text of [
      secret,
      encodeURIComponent(`x:${secret}`),
      ...['', 'a', 'ab'].map((head) => Buffer.from(`${head}${secret}tail`).toString('base64')),
      Buffer.from(secret).toString('hex'),
      JSON.stringify({ secret }),
    ])
      expect(found(text), text).not.toEqual([])
})
