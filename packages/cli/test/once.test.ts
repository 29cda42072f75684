import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { type CommandOptions, runCommand, type SshHosts, startCli, startSshHosts, waitUntil } from '@dragonfab/test-kit'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { sshProject } from './ssh-project.ts'

const config = (hosts: SshHosts): string => `import release from '@dragonfab/plugin-release'
import { secret } from 'dragonfab'
const at = (name, path) => ({ name, path })
export default {
  appName: 'shop',
  plugins: [release()],
  vars: { text: 'live' },
  environments: {
    one: { hosts: [at('web1', '${hosts.hosts[0]?.root}/shop')], dotenv: { GREETING: "it's \\"me\\" $HOME", TOKEN: secret.env('TOKEN') } },
    two: { hosts: [at('web1', '${hosts.hosts[0]?.root}/shop'), at('web2', '${hosts.hosts[1]?.root}/shop')] },
    empty: { hosts: [at('web2', '${hosts.hosts[1]?.root}/empty')] },
  },
  hooks: {
    'deploy.updating': ({ env, sh }) => sh\`printf %s \${env.vars.text} >\${env.releasePath}/text\`,
    'deploy.updated': ({ env, sh }) => env.vars.text === 'broken' && sh\`exit 9\`,
  },
}
`

let hosts: SshHosts
let on: Awaited<ReturnType<typeof sshProject>>
const env = { TOKEN: 's3cr3t/token' }
const path = (): string => join(hosts.hosts[0]?.root ?? '', 'shop')
const run = (words: readonly string[], options: CommandOptions = {}) => on.run(words, { ...options, env: { ...env, ...options.env } })
const start = (words: readonly string[]) => startCli(words, { cwd: on.directory, env: { ...on.env, ...env, CI: '1', NO_COLOR: '1' } })
const alive = async (pattern: string): Promise<boolean> => (await runCommand(['pgrep', '-f', pattern])).status === 0

beforeAll(async () => {
  hosts = await startSshHosts(2)
})
beforeEach(async () => {
  on = await sshProject(hosts, { 'dragonfab.config.mjs': config(hosts) })
  if (existsSync(join(path(), 'current'))) return
  const first = await run(['two', 'release'])
  expect(first.status, first.stderr).toBe(0)
})
afterAll(() => hosts.stop())

test('the status is the command’s own; the streams are apart, and nothing else is in them', async () => {
  const said = await run(['one', 'once', '--', 'cat text; echo; pwd; echo aside >&2; exit 7'])
  expect(said).toMatchObject({ status: 7, stdout: `live\n${path()}/current\n`, stderr: 'aside\n' })
  expect(await run(['one', 'run', '--command', 'kill -9 $$'])).toMatchObject({ status: 137, stdout: '' })
  expect(await run(['one', 'once', '--', 'printf', '%s|', 'a b', "it's", '$HOME'])).toMatchObject({ status: 0, stdout: "a b|it's|$HOME|" })
  expect((await run(['one', 'once', '--', 'echo "unbalanced'])).status).toBe(2)
})

test('a login shell with the variables of dotenv; what a profile prints stays out', async () => {
  const profile = join(hosts.user.home, '.profile')
  const before = existsSync(profile) ? readFileSync(profile) : ''
  const write = (text: string | Buffer) => runCommand(['sh', '-c', 'cat >"$1"', 'sh', profile], { stdin: text, as: hosts.user })
  try {
    await write('echo welcome; cat; FROM_PROFILE=yes; export FROM_PROFILE; PATH=$PATH:/opt/of-profile\n')
    const said = await run(['one', 'once', '--', 'echo "$GREETING|$FROM_PROFILE|${PATH##*:}"; cat'], { stdin: 'piped' })
    expect(said).toMatchObject({ status: 0, stdout: `it's "me" $HOME|yes|/opt/of-profile\npiped` })
    expect((await run(['one', 'once', '--set', 'dotenv.GREETING=other', '--', 'echo $GREETING'])).stdout).toBe('other\n')
  } finally {
    await write(before)
  }
})

test('bytes are the same both ways, however many', async () => {
  const bytes = Buffer.alloc(20_000_000)
  for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE((Math.imul(at, 2654435761) ^ (at >>> 7)) >>> 0, at)
  const said = await run(['one', 'once', '--', 'cat; cat text >&2'], { stdin: bytes, encoding: 'latin1' })
  expect(said).toMatchObject({ status: 0, stderr: 'live' })
  expect(Buffer.from(said.stdout, 'latin1').equals(bytes)).toBe(true)
  const left = await run(['one', 'once', '--', 'head -c 5'], { stdin: bytes })
  expect(left.status).toBe(0)
})

test('masks secrets and reports it; --no-mask does not mask them', async () => {
  const said = await run(['one', 'once', '--', 'printf "a%sb\\\\377" "$TOKEN"'], { encoding: 'latin1' })
  expect(said.stdout).toBe('a[secret]b\xff')
  expect(said.stderr).toContain('--no-mask turns this off')
  expect((await run(['one', 'once', '--no-mask', '--', 'printf %s "$TOKEN"'])).stdout).toBe(env.TOKEN)
})

test('on several hosts each line bears its host, and one that fails makes it 1', async () => {
  const said = await run(['two', 'once', '--', 'cat text; echo; [ "$PWD" = "$(cd -P . && pwd)" ] || [ -n "$GREETING" ] || cat none'])
  expect(said.status).toBe(1)
  expect(said.stdout.trim().split('\n').sort()).toEqual(['web1 │   live', 'web2 │   live'])
  expect(said.stderr).toMatch(/web2.*the command ended with status 1/)
})

test('output comes as it is printed', async () => {
  const running = start(['one', 'once', '--', `echo first; until [ -e ${path()}/go ]; do sleep 0.05; done; echo second`])
  await waitUntil('the first line, whole', () => running.output() === 'first\n')
  await runCommand(['touch', `${path()}/go`])
  expect(await running.result).toMatchObject({ status: 0, stdout: 'first\nsecond\n' })
})

test.each(['SIGINT', 'SIGKILL'] as const)('%s of the client ends the command and its children', async (signal) => {
  const mark = `6${process.pid}${signal.length}`
  const running = start(['one', 'once', '--', `echo begun; sleep ${mark} & sh -c "sleep ${mark}; :"; wait`])
  await waitUntil('it to begin', () => running.output().includes('begun'))
  running.kill(signal)
  expect((await running.result).status).toBe(signal === 'SIGINT' ? 130 : 137)
  await waitUntil('nothing to be left', async () => !(await alive(`sleep ${mark}`)))
})

test('nothing live: an error of its own, with nothing on stdout', async () => {
  const said = await run(['empty', 'once', '--', 'true'])
  expect(said).toMatchObject({ status: 1, stdout: '' })
  expect(said.stderr).toContain('[NOTHING_LIVE]')
})

test('it takes no lock, and the history tells of it', async () => {
  await run(['one', 'lock', '--reason', 'friday'])
  expect(await run(['one', 'once', '--', 'echo through'])).toMatchObject({ status: 0, stdout: 'through\n' })
  await run(['one', 'unlock'])
  expect((await run(['one', 'history'])).stdout).toContain('once:echo through')
})

const releases = (): readonly string[] => readdirSync(join(path(), 'releases'))

test('--release: its own code, removed afterwards, whatever the status', async () => {
  const before = { releases: releases(), current: readlinkSync(join(path(), 'current')) }
  const said = await run(['one', 'once', '--release', '--set', 'vars.text=repair', '--', 'pwd; cat text; echo " $GREETING"; exit 5'])
  expect(said.status, said.stderr).toBe(5)
  expect(said.stdout).toMatch(/^\/.*\/releases\/\d{6}-\d{6}\nrepair it's "me" \$HOME\n$/)
  expect({ releases: releases(), current: readlinkSync(join(path(), 'current')) }).toEqual(before)
  // A release that cannot be made runs nothing.
  const broken = await run(['one', 'once', '--release', '--set', 'vars.text=broken', '--', 'echo ran'])
  expect(broken).toMatchObject({ status: 1, stdout: '' })
  expect({ releases: releases(), current: readlinkSync(join(path(), 'current')) }).toEqual(before)
})

test('--release: a command that lasts holds no deployment up, and no cleanup takes its release', async () => {
  const go = `${path()}/goon`
  const running = start([
    'one',
    'once',
    '--release',
    '--set',
    'vars.text=long',
    '--',
    `echo begun; until [ -e ${go} ]; do sleep 0.05; done; cat text`,
  ])
  await waitUntil('it to begin', () => running.output().includes('begun'))
  for (let count = 0; count < 2; count++) {
    const deployed = await run(['one', 'release', '--keep-releases', '1'])
    expect(deployed.status, deployed.stderr).toBe(0)
  }
  const live = readlinkSync(join(path(), 'current'))
  await runCommand(['touch', go])
  const end = await running.result
  expect(end, end.stderr).toMatchObject({ status: 0, stdout: 'begun\nlong' })
  expect(readlinkSync(join(path(), 'current'))).toBe(live)
  expect(releases()).toHaveLength(2)
})

test.each(['SIGINT', 'SIGKILL'] as const)('--release, ended by %s: the release goes, at once or with the next one', async (signal) => {
  const before = releases()
  const running = start(['one', 'once', '--release', '--', 'echo begun; sleep 600'])
  await waitUntil('it to begin', () => running.output().includes('begun'))
  expect(releases()).toHaveLength(before.length + 1)
  running.kill(signal)
  const end = await running.result
  expect(end.status, end.stderr).toBe(signal === 'SIGINT' ? 130 : 137)
  if (signal === 'SIGINT') expect(releases()).toEqual(before)
  const next = await run(['one', 'release', '--keep-releases', '1'])
  expect(next.status, next.stderr).toBe(0)
  expect(releases()).toHaveLength(2)
})
