import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { chown } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type CommandResult,
  createGitFixture,
  createTestUser,
  forgetSudo,
  type GitFixture,
  runAtTerminal,
  type SshHosts,
  startSshHosts,
  type TestUser,
} from '@dragonfab/test-kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { httpServer } from '../../../../packages/plugin-git/test/http-server.ts'
import { python, wheelhouse } from '../../../../packages/plugin-virtualenv/test/wheels.ts'
import { type AcceptanceProject, createProject } from '../../src/project.ts'
import { services } from './services.ts'
import { type Sight, watchFor } from './watch.ts'

/** One for every field that takes a secret, and for every way to give one; curl's have a file of their own. */
const canaries = {
  gitPassword: `Kanarie-git-a'b"c$d%e`,
  gitAddress: 'Kanarie-gitaddress-f@g:h',
  pipIndex: `Kanarie-pipindex-z"a%b#`,
  slackWebhook: 'Kanarie-slack-c+d=',
  webhook: 'Kanarie-webhook-e+f=',
  webhookToken: 'Kanarie-webhooktoken-g+h',
  healthHeader: `Kanarie-health-i"j'k`,
  dotenv: `Kanarie-dotenv-l'm"n$o p`,
  shared: `Kanarie-shared-q'r"s`,
  plugin: `Kanarie-plugin-t'u"v`,
  text: `Kanarie-text-w'x"y$z`,
  env: `Kanarie-env-a'b"c$d`,
  file: `Kanarie-file-e'f"g\\h`,
  command: `Kanarie-command-i'j"k%l`,
  prompt: `Kanarie-prompt-m'n"o$p`,
}
const watch = watchFor({ ...canaries, sudo: `pa'ss "w\\rd$ ` })

let cluster: SshHosts
let owner: TestUser
let repository: GitFixture
let wheels: Awaited<ReturnType<typeof wheelhouse>>
let served: Awaited<ReturnType<typeof services>>
const gits: Awaited<ReturnType<typeof httpServer>>[] = []
let shop: AcceptanceProject

/** What `once` and `shell` start: it holds its environment, so that the sampler can look at it. */
const program = (secret: string) => `#!${python}
import os, sys, time
assert os.environ['TOKEN'] == open(${JSON.stringify(secret)}).read()
print('ran', flush=True)
time.sleep(1)
`

beforeAll(async () => {
  cluster = await startSshHosts(1, { user: 'sudo-password' })
  expect(cluster.user.password).toBe(`pa'ss "w\\rd$ `)
  owner = await createTestUser('other')
  for (const { root } of cluster.hosts) await chown(root, owner.uid, owner.gid)
  shop = await createProject(cluster, { name: 'quiet' })
  const given = join(cluster.directory, 'dotenv')
  writeFileSync(given, canaries.dotenv, { mode: 0o644 })
  wheels = await wheelhouse([['greeting', '1.0']])
  repository = await createGitFixture({
    content: {
      'requirements.txt': 'greeting==1.0\n',
      'app-once': { content: program(given), mode: 0o755 },
      'app-shell': { content: program(given), mode: 0o755 },
    },
  })
  for (const password of [canaries.gitPassword, canaries.gitAddress])
    gits.push(await httpServer(join(repository.path, '..'), 'bot', password))
  served = await services(
    {
      index: `bot:${canaries.pipIndex}`,
      health: canaries.healthHeader,
      hook: canaries.slackWebhook,
      bearer: canaries.webhookToken,
    },
    wheels.path,
  )
  for (const [name, value] of Object.entries(canaries)) if (name !== 'env' && name !== 'prompt') await shop.write(`${name}.secret`, value)
  mkdirSync(join(shop.directory, 'shared/app'), { recursive: true })
  await shop.write('shared/app/production.env', `PASSWORD=${canaries.shared}\n`)
  await shop.write('dragonfab.config.ts', config())
})
afterAll(async () => {
  await Promise.all([...gits, served].map((each) => each?.stop()))
  await Promise.all([repository?.remove(), wheels?.remove(), cluster?.stop(), shop?.remove()])
})

const head = `import { readFileSync } from 'node:fs'
import { defineConfig, definePlugin, secret, secretText } from 'dragonfab'
import git from '@dragonfab/plugin-git'
import healthcheck from '@dragonfab/plugin-healthcheck'
import notify from '@dragonfab/plugin-notify'
import virtualenv from '@dragonfab/plugin-virtualenv'
const text = (name: string) => readFileSync(new URL(name + '.secret', import.meta.url), 'utf8')
const kept = (name: string) => secret.file('./' + name + '.secret')
const inUrl = (name: string) => encodeURIComponent(text(name)).replaceAll("'", '%27')
const inString = (name: string) => inUrl(name).replaceAll('%', '%%')
`

const at = (folder: string): string => JSON.stringify(cluster.hosts.map(({ name, root }) => ({ name, path: join(root, folder) })))

const config = () => `${head}
const vault = definePlugin({
  name: 'vault',
  options: { token: secretText({ help: 'A token' }) },
  hooks: { 'deploy.updating': ({ env, sh }) => sh\`printf '%s' \${env.vault.token} | cksum >\${env.releasePath}/sum; echo "vault: " \${env.vault.token}\` },
})
const health = (path: string) => [
  { http: 'http://127.0.0.1:${served.port}' + path, headers: { 'X-Health': kept('healthHeader') }, retries: 0 },
  { http: 'http://127.0.0.1:${served.port}' + path, headers: { 'X-Health': kept('healthHeader') }, retries: 0, target: 'local' as const },
]
const repo = 'http://bot@127.0.0.1:${gits[0]?.port}/repo.git'
export default defineConfig({
  appName: 'quiet',
  sudoUser: '${owner.name}',
  vars: { text: secret(text('text')), env: secret.env('KANARIE'), file: kept('file'), command: secret.command('cat command.secret') },
  plugins: [
    git({ repo, branch: 'main', password: kept('gitPassword') }),
    virtualenv({ indexUrl: secret('http://bot:' + inUrl('pipIndex') + '@127.0.0.1:${served.port}/simple'), python: '${python}', pipUpgrade: false }),
    notify({
      slackWebhook: secret('http://127.0.0.1:${served.port}/services/' + inUrl('slackWebhook')),
      webhook: secret('http://127.0.0.1:${served.port}/told?key=' + inUrl('webhook')),
      webhookToken: kept('webhookToken'),
    }),
    healthcheck({ checks: health('/health') }),
    vault({ token: kept('plugin') }),
  ],
  linkedFiles: [{ path: 'app/production.env', missing: 'link' }],
  sharedSource: 'shared',
  dotenv: { PLAIN: 'seen', TOKEN: kept('dotenv') },
  environments: {
    live: { hosts: ${at('live')} },
    typed: { hosts: ${at('live')}, vars: { text: secret.prompt('The word:') } },
    addressed: { hosts: ${at('addressed')}, git: { password: undefined, repo: 'http://bot:' + inString('gitAddress') + '@127.0.0.1:${gits[1]?.port}/repo.git' } },
    sick: { hosts: ${at('live')}, healthcheck: { checks: health('/sick') } },
    sickFromHere: { hosts: ${at('live')}, healthcheck: { checks: health('/sick').slice(1) } },
    deaf: { hosts: ${at('live')}, notify: { slackWebhook: secret('http://127.0.0.1:${served.port}/gone/' + inUrl('slackWebhook')) } },
  },
  hooks: {
    'deploy.updated': [
      ({ env, sh }) => sh\`printf '%s' \${env.vars.text} \${env.vars.env} \${env.vars.file} \${env.vars.command} | tee \${env.path}/../words | cksum; echo \${env.vars.text}; rm \${env.path}/../words\`,
      ({ env, local }) => local\`printf '%s' \${env.vars.text} \${env.vars.env} | cksum; echo \${env.vars.env} >&2\`,
      ({ env, sh, step }) => step(sh\`printf '%s' \${env.vars.file} | base64; printf '%s' \${env.vars.command} | od -An -tx1 | tr -d ' \\\\n'\`, { as: 'root' }),
    ],
  },
  tasks: {
    careless: { summary: 'Puts a secret where all can see it', run: ({ env, sh }) => sh\`count=0; while [ $count -lt 200 ]; do /bin/true \${env.vars.file}; count=$((count + 1)); done; SHOWN=\${env.vars.command} sleep 0.5\` },
  },
})
`

const shown: { readonly words: string; readonly text: string }[] = []
const env = { KANARIE: canaries.env }

async function run(words: readonly string[], status = 0, piped = ''): Promise<CommandResult> {
  await forgetSudo(cluster.user)
  const asks = words[0] !== 'list'
  const result = await shop.run([...(asks ? ['--ask-sudo-password'] : []), ...words], { env, stdin: `${cluster.user.password}\n${piped}` })
  shown.push({ words: words.join(' '), text: result.stdout + result.stderr })
  expect(result.status, `${words.join(' ')}\n${result.stdout}${result.stderr}`).toBe(status)
  return result
}

/** At a terminal, with what is typed at each question. */
async function answered(words: readonly string[], typed: Readonly<Record<string, string>>): Promise<string> {
  await forgetSudo(cluster.user)
  const answers = Object.entries(typed).map(([question, answer]) => [question, `${answer}\r`] as const)
  const { status, said } = await runAtTerminal(['--ask-sudo-password', ...words], {
    cwd: shop.directory,
    env: { ...shop.env, ...env },
    typed: answers,
  })
  expect(status, said).toBe(0)
  shown.push({ words: `at a terminal: ${words.join(' ')}`, text: said })
  return said
}

/**
 * Where a secret may be seen in a process, because the user put it there. Nothing else:
 * - `secret.env`: dragonfab was started with that variable, and so are its children on this machine. They are root's here; of what belongs to the
 *   hosts only sshd and sudo are.
 * - `dotenv`: the application's own process, which `once` and `shell` start with these variables: a program whose name says so, the console, or the
 *   base64 of a command that is run by `once`.
 */
function asked({ where, command, uid, canary }: Sight): boolean {
  if (where !== 'environ') return false
  if (canary === 'env') return uid === 0 && !/^(sshd|sudo)/.test(command)
  return canary === 'dotenv' && uid === owner.uid && /^(app-once|app-shell|python|base64)$/.test(command)
}

test('a canary in every field that takes a secret is seen in no process, output, plan, history or file, whatever the command', {
  timeout: 300_000,
}, async () => {
  const sudo = { 'sudo password': cluster.user.password ?? '' }
  const watching = await watch.processes()
  let sampled: Awaited<ReturnType<typeof watching.stop>>
  try {
    await run(['live', 'shared.push', '--yes'])
    await run(['live', 'check'])
    await run(['live', 'deploy', '--verbose'])
    await run(['live', 'release', '--plan-out', 'plan.json'])
    await run(['apply', 'plan.json', '--verbose'])
    await run(['live', 'release', '--json'])
    await run(['live', 'release', '--dry-run', '--json'])
    await run(['live', 'rollback', '--verbose'])
    await run(['live', 'rollback', '--json', '--dry-run'])
    await run(['live', 'restart', '--verbose'])
    expect((await run(['live', 'once', '--', './app-once'])).stdout).toBe('ran\n')
    expect((await run(['live', 'once', '--json', '--', 'echo "$TOKEN"; printf %s "$TOKEN" | base64'])).stdout).toContain('[secret]')
    await run(['live', 'once', '--release', '--', 'echo "$TOKEN"'])
    expect((await run(['live', 'shell'], 0, 'import os\nprint("shell: " + os.environ["TOKEN"])\n')).stdout).toContain('shell: [secret]')
    expect(await answered(['live', 'shell', '--', './app-shell'], sudo)).toContain('ran')
    expect(await answered(['typed', 'release', '--verbose'], { ...sudo, 'The word:': canaries.prompt })).toContain('[secret]')
    await run(['live', 'status', 'history', 'healthcheck', 'shared.diff', 'notify.send:hello'])
    for (const task of ['env', 'lock', 'unlock']) await run(['live', task])
    for (const task of ['status', 'history', 'env']) await run(['live', task, '--json'])
    await run(['list', '--json'])
    await shop.write('shared/app/production.env', `PASSWORD=${canaries.shared}\nANOTHER=${canaries.shared}\n`)
    await run(['live', 'shared.diff'])
    await run(['live', 'shared.push', '--yes', '--json'])
    await run(['live', 'shared.pull', '--yes', '--verbose'])
    expect((await run(['deaf', 'release', '--verbose'])).stderr).toContain('no service at')
    expect((await run(['sick', 'release', '--verbose'], 3)).stderr).toContain('cannot answer')
    expect((await run(['sickFromHere', 'release', '--json'], 3)).stdout).toContain('cannot answer')
    await run(['addressed', 'release', '--verbose'])
    await run(['addressed', 'release', '--git-branch', 'absent', '--json'], 1)
    await run(['addressed', 'env', '--json'])
  } finally {
    sampled = await watching.stop()
  }
  // All of them were used: what asks for one says no to everything else.
  expect([...served.used].sort()).toEqual(['gone', 'health', 'index', 'services', 'sick', 'told'])

  const { sights } = sampled
  expect(sights.filter((each) => !asked(each))).toEqual([])
  // It looked: what may be there was seen, in the very programs.
  for (const name of ['app-once', 'app-shell'])
    expect(sights).toContainEqual({ where: 'environ', command: name, uid: owner.uid, canary: 'dotenv' })
  expect(sights.filter(({ canary, uid }) => canary === 'env' && uid === 0)).not.toEqual([])

  for (const { words, text } of shown) expect(watch.found(text), words).toEqual([])
  expect(watch.found(readFileSync(join(shop.directory, 'plan.json'), 'utf8'))).toEqual([])
  for (const { root } of cluster.hosts) {
    const rest = watch.foundIn(root).filter(({ file, shown }) => !belongs(file, shown))
    expect(rest).toEqual([])
    expect(readFileSync(join(root, 'live/current/.env'), 'utf8')).toContain('TOKEN=')
    expect(readFileSync(join(root, 'live/shared/app/production.env'), 'utf8')).toContain(canaries.shared)
  }
})

/** The two files on a host that are there to hold a secret. */
function belongs(file: string, shown: string): boolean {
  if (/\/live\/releases\/[^/]+\/\.env$/.test(file) || /\/addressed\/releases\/[^/]+\/\.env$/.test(file)) return shown.startsWith('dotenv: ')
  return /\/live\/shared\/app\/production\.env(\.before)?$/.test(file) && shown.startsWith('shared: ')
}

test('what is put on a command line or into an environment is seen, for however short a time; and each encoding in an output', async () => {
  const both = (sights: readonly Sight[]): boolean => {
    const has = (canary: string, where: Sight['where']) =>
      sights.some((each) => each.canary === canary && each.where === where && !asked(each))
    return has('file', 'cmdline') && has('command', 'environ')
  }
  const all: Sight[] = []
  // Another suite may want the same cores in this very second.
  for (let tries = 0; tries < 10 && !both(all); tries++) {
    const watching = await watch.processes()
    await run(['live', 'careless'])
    all.push(...(await watching.stop()).sights)
  }
  expect(all).toContainEqual({ where: 'cmdline', command: 'true', uid: owner.uid, canary: 'file' })
  expect(all).toContainEqual({ where: 'environ', command: 'sleep', uid: owner.uid, canary: 'command' })

  const print = 'printf "%s\\n" "$TOKEN"; printf "a%s" "$TOKEN" | base64 -w0; echo; printf %s "$TOKEN" | od -An -tx1 | tr -d " \\n"'
  const python = "python3 -c \"import os, json, urllib.parse as u; t = os.environ['TOKEN']; print(json.dumps(t), u.quote(t, safe=''))\""
  const open = await run(['live', 'once', '--no-mask', '--', `${print}; ${python}`])
  for (const line of open.stdout.trim().split('\n')) expect(watch.found(line), line).not.toEqual([])
  const masked = await run(['live', 'once', '--', `${print}; ${python}`])
  expect(watch.found(masked.stdout)).toEqual([])
  expect(masked.stdout.trim().split('\n')).toHaveLength(open.stdout.trim().split('\n').length)
})
