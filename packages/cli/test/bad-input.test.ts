import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  createTestFolder,
  createTestProject,
  findFreePort,
  listDifferences,
  runCommand,
  type SshHosts,
  startSshHosts,
  takeSnapshot,
} from '@dragonfab/test-kit'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'

const good = (more = ''): string => `import release from '@dragonfab/plugin-release'
export default { appName: 'shop', plugins: [release()], environments: { local: { hosts: ['local'], path: './.deployed' } }, ${more} }
`
const deploy = ['local', 'deploy']

/**
 * A program that something keeps alive (a shell that was left open) is ended after some seconds by a `process.exit()`. This notes such an end, and
 * what it was that kept it.
 */
function endsByItself(): { readonly env: Readonly<Record<string, string>>; check(): void } {
  const at = createTestFolder({
    'preload.cjs': `const exit = process.exit
process.exit = (...status) => {
  require('node:fs').writeFileSync(__dirname + '/kept', process.getActiveResourcesInfo().join() + ' alive, exit: ' + new Error().stack)
  return exit(...status)
}
`,
  })
  return {
    env: { NODE_OPTIONS: `--require ${join(at, 'preload.cjs')}` },
    check: () => {
      const kept = join(at, 'kept')
      expect(existsSync(kept) ? readFileSync(kept, 'utf8') : 'ended by itself').toBe('ended by itself')
    },
  }
}

/** Runs what must be refused: the status, one clear error, and nothing is other than before. */
async function refused(
  files: Record<string, string>,
  args: readonly string[],
  status: number,
  says: readonly (string | RegExp)[],
): Promise<void> {
  const { directory, run } = createTestProject(files)
  const before = takeSnapshot(directory)
  const byItself = endsByItself()
  const result = await run(args, { env: byItself.env })
  byItself.check()
  const told = result.stderr.replaceAll(directory, '~')
  for (const each of says) expect(told).toMatch(each)
  expect(told).not.toMatch(/\n\s+at .*:\d+:\d+|node:internal/)
  expect(result.status, told).toBe(status)
  // What jiti keeps of a config is no change.
  expect(listDifferences(before, takeSnapshot(directory)).filter((each) => !each.includes('node_modules/.cache'))).toEqual([])
  // As an event, for tools.
  const json = await run([...args, '--json'], { env: byItself.env })
  byItself.check()
  expect(json.status).toBe(status)
  const last = JSON.parse(json.stdout.trimEnd().split('\n').at(-1) ?? '') as { type: string; status: number; problems: { code: string }[] }
  expect(last).toMatchObject({ type: 'run:end', status })
  expect(last.problems.length).toBeGreaterThan(0)
}

describe('the configuration and the command line alone: status 2', () => {
  test.each<[string, Record<string, string>, readonly string[], readonly (string | RegExp)[]]>([
    ['no config', {}, deploy, [/no configuration in ~ or its parent folders/, /dragonfab new/]],
    [
      'two configs',
      { 'dragonfab.config.mjs': good(), 'dragonfab.config.json': '{}' },
      deploy,
      [/two configurations in ~: dragonfab.config.json and dragonfab.config.mjs/],
    ],
    ['a config that is not there', {}, [...deploy, '--config', 'nope.ts'], [/nope.ts: there is no such file/]],
    [
      'one that throws (TypeScript)',
      { 'dragonfab.config.ts': "const a: number = 1\nthrow new Error('on purpose')\nexport default a\n" },
      deploy,
      [/dragonfab.config.ts:2:7: on purpose/],
    ],
    [
      'one that throws (JavaScript)',
      { 'dragonfab.config.mjs': 'export default nope\n' },
      deploy,
      [/dragonfab.config.mjs:1:16: ReferenceError: nope is not defined/],
    ],
    [
      'one that does not parse (TypeScript)',
      { 'dragonfab.config.ts': 'export default {\n  a: [1,\n}\n' },
      deploy,
      [/dragonfab.config.ts:3:1: /],
    ],
    [
      'one that does not parse (JavaScript)',
      { 'dragonfab.config.mjs': 'export default {\n  a: [1,\n}\n' },
      deploy,
      [/dragonfab.config.mjs:3:1: Unexpected token/],
    ],
    ['one that does not parse (YAML)', { 'dragonfab.config.yml': 'a: [1\nb: 2\n' }, deploy, [/dragonfab.config.yml:2:\d+: /]],
    ['one that does not parse (JSON)', { 'dragonfab.config.json': '{ "a": }' }, deploy, [/dragonfab.config.json:1:8: /]],
    [
      'an export that is not there',
      { 'dragonfab.config.mjs': "import { nope } from 'dragonfab'\nexport default nope\n" },
      deploy,
      [/dragonfab.config.mjs:1:10: .*does not provide an export named 'nope'/],
    ],
    [
      'a package that is not installed',
      { 'dragonfab.config.ts': "import x from '@dragonfab/plugin-nowhere'\nexport default { plugins: [x()] }\n" },
      deploy,
      [/npm i -D @dragonfab\/plugin-nowhere/],
    ],
    ['no environment', { 'dragonfab.config.mjs': good() }, ['deploy'], [/‘deploy’ is a task: write dragonfab <environment> deploy/]],
    ['an unknown environment', { 'dragonfab.config.mjs': good() }, ['locla', 'deploy'], [/no environment ‘locla’/, /did you mean "local"/]],
    ['an unknown role', { 'dragonfab.config.mjs': good() }, [...deploy, '-r', 'web'], [/no role web/]],
    ['an unknown host', { 'dragonfab.config.mjs': good() }, [...deploy, '--host', 'web1'], [/no host web1/]],
    ['an unknown task', { 'dragonfab.config.mjs': good() }, ['local', 'relaese'], [/no task ‘relaese’/, /did you mean "release"/]],
    [
      'an unknown plugin',
      { 'dragonfab.config.json': '{"appName": "shop", "plugins": ["gti"]}' },
      deploy,
      [/plugins\[0\] ‘gti’: neither/, /did you mean "git"/],
    ],
    [
      'an unknown plugin to leave out',
      { 'dragonfab.config.mjs': good() },
      [...deploy, '--no-plugins', 'gti'],
      [/plugin gti is not in this project/],
    ],
    ['an unknown key', { 'dragonfab.config.mjs': good('enviroments: {}') }, deploy, [/enviroments/, /did you mean "environments"/]],
    [
      'an unknown variable',
      { 'dragonfab.config.mjs': good() },
      [...deploy, '--set', 'keepRelease=3'],
      [/no variable ‘keepRelease’/, /did you mean/],
    ],
    ['an unknown flag', { 'dragonfab.config.mjs': good() }, [...deploy, '--dry-rum'], [/--dry-rum/, /did you mean "--dry-run"/]],
    ['a value of the wrong kind', { 'dragonfab.config.mjs': good() }, [...deploy, '--keep-releases', 'many'], [/keep-?_?releases/i]],
    ['a cycle of variables', { 'dragonfab.config.mjs': good("vars: { a: '%(vars.b)s', b: '%(vars.a)s' }") }, deploy, [/vars\.a.*vars\.b/]],
    [
      'an environment named like a command',
      { 'dragonfab.config.mjs': good().replace('local:', 'list:') },
      ['list', 'deploy'],
      [/environments.*list/],
    ],
    [
      'nothing to deploy',
      { 'dragonfab.config.mjs': "export default { appName: 'shop', environments: { local: { hosts: ['local'], path: './x' } } }" },
      deploy,
      [/deploy has nothing to run in local/],
    ],
    ['a plan that is none', { 'dragonfab.config.mjs': good(), 'plan.json': '{}' }, ['apply', 'plan.json'], [/plan.json is not a plan/]],
    ['a plan that is not there', { 'dragonfab.config.mjs': good() }, ['apply', 'nope.json'], [/nope.json cannot be read/]],
    [
      '--plan-out into nowhere',
      { 'dragonfab.config.mjs': good() },
      [...deploy, '--plan-out', 'no/such/folder/plan.json'],
      [/--plan-out no\/such\/folder\/plan.json/],
    ],
    [
      'a hook that throws (TypeScript)',
      {
        'dragonfab.config.ts': `import release from '@dragonfab/plugin-release'
const fail = (): never => { throw new Error('on purpose') }
export default { appName: 'shop', plugins: [release()], environments: { local: { hosts: ['local'], path: './.deployed' } }, hooks: { 'deploy.updated': () => fail() } }
`,
      },
      deploy,
      [/dragonfab.config.ts:2:35: deploy.updated: on purpose \[HOOK_FAILED\]/],
    ],
    [
      'a task that reads an unknown variable',
      { 'dragonfab.config.mjs': good("tasks: { hi: { summary: 'x', run: ({ env, sh }) =>\n sh`echo ${env.appNmae}` } }") },
      ['local', 'hi'],
      [/dragonfab.config.mjs:3:16: hi: appNmae is not a variable/],
    ],
  ])('%s', (_what, files, args, says) => refused(files, args, 2, says))

  test('everything that is wrong, at once', async () => {
    const { run } = createTestProject({ 'dragonfab.config.mjs': good() })
    const { stderr } = await run(['locla', 'relaese', '--dry-rum', '--parallel', 'x'])
    for (const each of ['locla', 'relaese', '--dry-rum', '--parallel']) expect(stderr).toContain(each)
  })
})

describe('what this machine or a repository shows: status 1', () => {
  const git = (repo: string, branch = 'main'): string => `import git from '@dragonfab/plugin-git'
export default { appName: 'shop', plugins: [git({ repo: ${JSON.stringify(repo)}, branch: '${branch}' })], environments: { local: { hosts: ['local'], path: './.deployed' } } }
`

  test('a repository that does not exist', () =>
    refused({ 'dragonfab.config.mjs': git('/nowhere/at/all.git') }, deploy, 1, [/\/nowhere\/at\/all.git/]))

  test('a branch that does not exist', async () => {
    const { directory, run } = createTestProject({ 'dragonfab.config.mjs': git('.', 'mian'), '.gitignore': 'node_modules' })
    await runCommand(['sh', '-ec', 'git init -qb main; git add .; git -c user.name=a -c user.email=a@b commit -qm x'], { cwd: directory })
    const before = takeSnapshot(directory)
    const result = await run(deploy)
    expect(result.stderr).toMatch(/no branch, tag or commit mian/)
    expect(result.status).toBe(1)
    expect(listDifferences(before, takeSnapshot(directory)).filter((each) => !each.includes('node_modules/.cache'))).toEqual([])
  })

  test('current that is a directory', async () => {
    const { directory, run } = createTestProject({ 'dragonfab.config.mjs': good(), '.deployed/current/index.html': 'live' })
    const current = takeSnapshot(join(directory, '.deployed/current'))
    const result = await run(deploy)
    expect(result.stderr).toMatch(/current is not a link/)
    expect(result.status).toBe(1)
    expect(takeSnapshot(join(directory, '.deployed/current'))).toEqual(current)
  })

  test('no space', async () => {
    const { directory, run } = createTestProject({
      'dragonfab.config.mjs': good(
        `hooks: { 'deploy.updating': ({ env, sh }) => sh\`head -c 4000000 /dev/zero >\${env.releasePath}/big\` }`,
      ),
    })
    const small = join(directory, '.deployed')
    mkdirSync(small)
    const mounted = await runCommand(['mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small])
    expect(mounted.status, mounted.stderr).toBe(0)
    onTestFinished(async () => void (await runCommand(['umount', small])))
    const result = await run(deploy)
    expect(result.stderr).toMatch(/No space left on device/)
    expect(result.status).toBe(1)
    expect((await run(['local', 'status'])).stdout).toMatch(/current +(none|-)/)
  })
})

describe('hosts', () => {
  let hosts: SshHosts
  beforeAll(async () => {
    hosts = await startSshHosts(1)
  })
  afterAll(() => hosts.stop())

  const config = (address: string, more = ''): string => `import release from '@dragonfab/plugin-release'
export default { appName: 'shop', plugins: [release()], environments: { live: { hosts: ['${address}'], path: '/srv/shop', ${more} } } }
`
  const ssh = (home: string): Record<string, string> => ({ HOME: home, SSH_AUTH_SOCK: '' })
  /** The client's own home, so that nothing of this machine's user is read; ssh reads it from passwd, hence the explicit known_hosts. */
  const failing = async (files: Record<string, string>, says: readonly RegExp[]): Promise<void> => {
    const { directory, run } = createTestProject(files)
    const result = await run(['live', 'deploy'], { env: ssh(directory) })
    for (const each of says) expect(result.stderr).toMatch(each)
    expect(result.stderr).not.toMatch(/\n\s+at .*:\d+:\d+/)
    expect(result.status).toBe(1)
  }

  test('that cannot be reached', async () => {
    await failing({ 'dragonfab.config.mjs': config(`deploy@127.0.0.1:${await findFreePort()}`) }, [/refused/i])
  })

  test('whose key is not known: no authentication is tried', async () => {
    const [host] = hosts.hosts
    host?.reset()
    await failing(
      { 'dragonfab.config.mjs': config(`${host?.user}@127.0.0.1:${host?.port}`, "knownHosts: ['./known_hosts']"), known_hosts: '' },
      [/host key/i],
    )
    expect(await host?.authentications()).toBe(0)
  })

  test('that refuse the key', async () => {
    const [host] = hosts.hosts
    await failing(
      {
        'dragonfab.config.mjs': config(`${host?.user}@127.0.0.1:${host?.port}`, "knownHosts: ['./known_hosts']"),
        known_hosts: `${host?.knownHostsLine}\n`,
      },
      [/refused|no key|authenticat/i],
    )
  })

  test('where the path cannot be written', async () => {
    const [host] = hosts.hosts
    const files = {
      'dragonfab.config.mjs': config('web1', "knownHosts: ['./known_hosts']").replace('/srv/shop', '/root/shop'),
      known_hosts: `${host?.knownHostsLine}\n`,
    }
    const { directory, run } = createTestProject(files)
    chmodSync(hosts.key, 0o600)
    const result = await run(['live', 'deploy', '--set', 'path=/proc/shop'], {
      env: { ...ssh(directory), PATH: await withConfig(directory, hosts.sshConfig) },
    })
    expect(result.stderr).toMatch(/\/proc\/shop.*cannot be used|Permission denied|No such file/)
    expect(result.status).toBe(1)
  })
})

/** A PATH on which `ssh -G` reads this ssh_config: the pool asks ssh, and ssh takes its home from passwd, not from the environment. */
async function withConfig(directory: string, file: string): Promise<string> {
  const bin = join(directory, 'bin')
  mkdirSync(bin)
  const real = (await runCommand(['sh', '-c', 'command -v ssh'])).stdout.trim()
  await runCommand([
    'sh',
    '-c',
    `printf '#!/bin/sh\\nexec %s -F %s "$@"\\n' "$1" "$2" >"$3/ssh"; chmod 755 "$3/ssh"`,
    'sh',
    real,
    file,
    bin,
  ])
  return `${bin}:${process.env.PATH}`
}
