import { defineConfig, hide, reveal } from '@dragonfab/core'
import { buildPlan, loadProject, type Plan, selectHosts } from '@dragonfab/plan'
import { describe, expect, test } from 'vitest'
import { curl } from './plugin.ts'

type CurlOptions = NonNullable<Parameters<typeof curl>[0]>

const facts = { local: { release: '250101-000000' }, hosts: { web1: {} } }

function planTask(options: CurlOptions, set: Readonly<Record<string, string>> = {}, task = 'release') {
  const config = defineConfig({
    appName: 'shop',
    plugins: [curl(options)],
    environments: { production: { hosts: ['web1'], path: '/srv/shop' } },
  })
  const loaded = loadProject(config, { directory: '/project' })
  const hosts = selectHosts(loaded, { environment: 'production', set, loginUser: () => 'deploy' })
  const tasks = [{ task, args: [], when: 'next' as const }]
  return { ...buildPlan(loaded, { run: 'r', environment: 'production', command: [task], tasks, hosts, facts }), env: hosts[0]?.env(facts) }
}

const scriptsOf = (plan: Plan): string => JSON.stringify(plan)
const titles = (plan: Plan): readonly string[] =>
  (plan.tasks[0]?.phases ?? [])
    .flatMap(({ segments }) => segments)
    .flatMap((segment) => (segment.kind === 'local' ? [segment.part] : (segment.parts.web1 ?? [])))
    .flatMap((part) => part.steps.filter(({ plugin }) => plugin === 'curl').map(({ signal, title }) => `${signal}: ${title}`))

test('accepts the variable names of the original tools, also as flags', () => {
  const set = {
    'curl-url': 'https://builds.example.org/shop.tgz',
    curl_output: '',
    curl_options: '--max-time 30',
    curl_extract_tar: 'false',
    curl_extract_tgz: 'true',
    curl_user: 'bot:token',
    curl_postinstall_script: './install.sh',
    curl_postinstall_output: 'false',
  }
  const { plan, env } = planTask({}, set)
  expect(env?.curl).toMatchObject({ url: 'https://builds.example.org/shop.tgz', extractTgz: true, postinstallOutput: false })
  expect(titles(plan)).toEqual([
    'deploy.updating: download https://builds.example.org/shop.tgz',
    'deploy.updating: unpack tgz',
    'deploy.updating: write REVISION',
    'deploy.updating: run the postinstall script',
  ])
})

test('names a file that is not unpacked by curl.output, or by its address', () => {
  const url = 'https://builds.example.org/jars/bay%20area.jar?build=7'
  expect(titles(planTask({ url }).plan)[1]).toBe('deploy.updating: place bay area.jar')
  expect(titles(planTask({ url, output: 'lib/bayarea.jar' }).plan)[1]).toBe('deploy.updating: place lib/bayarea.jar')
})

test('needs no address for a task that ships nothing', () => {
  const { plan } = planTask({ extract: 'tgz' }, {}, 'restart')
  expect(titles(plan)).toEqual([])
})

describe('a plan contains no secret', () => {
  test.each<[string, CurlOptions]>([
    ['user', { url: 'https://example.org/x.tgz', user: hide('bot:canary', 'x') }],
    ['headers', { url: 'https://example.org/x.tgz', headers: { Token: hide('canary', 'x') } }],
    ['a signed address', { signedUrl: hide('https://example.org/x.tgz?signature=canary', 'x') }],
    ['a signed address with a quote', { signedUrl: hide('https://example.org/x.tgz?signature="canary', 'x') }],
    ['the address', { url: 'https://bot:canary@example.org/x.tgz' }],
    ['the proxy', { url: 'https://example.org/x.tgz', proxy: 'http://bot:canary@proxy:3128' }],
    ['options', { url: 'https://example.org/x.tgz', options: "--user 'bot:canary' -Hpassword:canary -x bot:canary@proxy:1 --data=canary" }],
  ])('%s', (_name, options) => {
    const { plan } = planTask({ extract: 'tgz', ...options })
    expect(scriptsOf(plan)).not.toContain('canary')
    expect(titles(plan)[0]).toMatch(options.signedUrl ? /download from the signed address/ : /download https:\/\/example\.org/)
  })
})

describe('a secret is looked up by a run, not while planning', () => {
  const lookUp = (value: string) =>
    hide(() => {
      lookups.push(value)
      return value
    }, 'x')
  const lookups: string[] = []
  const secrets = {
    'a user': () => ({ url: 'https://example.org/x.tgz', user: lookUp('bot:canary') }),
    'a header': () => ({ url: 'https://example.org/x.tgz', headers: { Token: lookUp('canary') } }),
    'a signed address': () => ({ signedUrl: lookUp('https://example.org/x.tgz?signature=canary') }),
  } satisfies Record<string, () => CurlOptions>

  test.each(Object.entries(secrets))('%s', (_name, options) => {
    for (const task of ['release', 'check', 'status', 'history']) planTask({ extract: 'tgz', ...options() }, {}, task)
    expect(lookups).toEqual([])
  })

  test('is checked when the run looks it up', () => {
    const { code } = planTask({ url: 'http://h/x', user: lookUp('bot') })
    expect(() => [...(code.secrets.hosts.get('web1')?.values() ?? [])].map((each) => reveal(each))).toThrow(/has no colon/)
  })

  test('is ignored if it is an empty user: the user of the address is used', () => {
    const values = (options: CurlOptions) =>
      [
        ...(planTask({ extract: 'tgz', ...options })
          .code.secrets.hosts.get('web1')
          ?.values() ?? []),
      ].map((each) => reveal(each))
    expect(values({ url: 'https://example.org/x.tgz', user: lookUp('') })).toEqual(['', '', ''])
    expect(values({ url: 'https://bot:canary@example.org/x.tgz', user: lookUp('') })).toContain('user = "bot:canary"')
  })

  test('is not asked for by check if a person must type it', () => {
    const { plan } = planTask({ url: 'https://example.org/x.tgz', user: hide(() => 'bot:canary', 'x', { interactive: true }) }, {}, 'check')
    expect(titles(plan)).toEqual(['check: are the programs for the download installed'])
  })
})

describe('wrong options are reported before anything runs', () => {
  test.each<[string, CurlOptions, RegExp]>([
    ['no address', { extract: 'tgz' }, /curl\.url has no value/],
    ['an empty address', { url: '' }, /curl\.url has no value/],
    ['two addresses', { url: 'http://h/x', signedUrl: hide('http://h/y', 'x') }, /both set/],
    ['an invalid signed address', { signedUrl: hide('http://h/a b', 'x') }, /curl\.signedUrl must not have spaces/],
    ['a file and an archive', { url: 'http://h/x.tgz', extract: 'tgz', output: 'x.tgz' }, /curl\.output names a file/],
    ['no name for the file', { url: 'http://h/' }, /does not end with the name of a file/],
    ['no name in a signed address', { signedUrl: hide('http://h/x', 'x') }, /the address is secret/],
    ['a user without a password', { url: 'http://h/x', user: hide('bot', 'x') }, /has no colon/],
    ['a user of two lines', { url: 'http://h/x', user: hide('bot:x\n', 'curl.user') }, /has a line break/],
    ['a secret with a name in it', { url: 'http://h/x', user: hide('%(app_name)s:x', 'x') }, /secrets are used as they are/],
    ['an option that changes the file', { url: 'http://h/x', options: '-sSo /etc/passwd' }, /has --output: use curl\.output/],
    ['a strange scheme', { url: 'gopher://h/x' }, /has the scheme gopher/],
    ['an address like an option', { url: '-K/etc/passwd' }, /must not begin with/],
    ['an invalid name of a header', { url: 'http://h/x', headers: { 'a b': 'x' } }, /name .*not allowed/],
    ['a header of two lines', { url: 'http://h/x', headers: { a: 'x\r\nb: y' } }, /should be text of one line/],
    ['an output outside the release', { url: 'http://h/x', output: '../x' }, /should be the name of a file/],
    ['a short checksum', { url: 'http://h/x', sha256: 'abc' }, /should be 64 hex digits/],
  ])('%s', (_name, options, words) => {
    expect(() => planTask(options)).toThrow(words)
  })
})
