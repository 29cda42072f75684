import { defineConfig, hide, reveal } from '@dragonfab/core'
import { buildPlan, loadProject, type Plan, selectHosts } from '@dragonfab/plan'
import { describe, expect, test } from 'vitest'
import { curl } from './plugin.ts'

type CurlOptions = NonNullable<Parameters<typeof curl>[0]>

const facts = { local: { release: '250101-000000' }, hosts: { web1: {} } }

function planned(options: CurlOptions, set: Readonly<Record<string, string>> = {}, task = 'release') {
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
    .flatMap(({ segments: stretches }) => stretches)
    .flatMap((stretch) => (stretch.kind === 'local' ? [stretch.part] : (stretch.parts.web1 ?? [])))
    .flatMap((part) => part.steps.filter(({ plugin }) => plugin === 'curl').map(({ signal, title }) => `${signal}: ${title}`))

test('the originals’ names are understood, as flags too', () => {
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
  const { plan, env } = planned({}, set)
  expect(env?.curl).toMatchObject({ url: 'https://builds.example.org/shop.tgz', extractTgz: true, postinstallOutput: false })
  expect(titles(plan)).toEqual([
    'deploy.updating: download https://builds.example.org/shop.tgz',
    'deploy.updating: unpack tgz',
    'deploy.updating: write REVISION',
    'deploy.updating: run the postinstall script',
  ])
})

test('without unpacking, the file has the name that is given, or the address’s', () => {
  const url = 'https://builds.example.org/jars/bay%20area.jar?build=7'
  expect(titles(planned({ url }).plan)[1]).toBe('deploy.updating: place bay area.jar')
  expect(titles(planned({ url, output: 'lib/bayarea.jar' }).plan)[1]).toBe('deploy.updating: place lib/bayarea.jar')
})

test('a rollback needs no address, and asks no server', () => {
  const { plan } = planned({ extract: 'tgz' }, {}, 'restart')
  expect(titles(plan)).toEqual([])
})

describe('nothing secret is in a plan', () => {
  test.each<[string, CurlOptions]>([
    ['user', { url: 'https://example.org/x.tgz', user: hide('bot:canary', 'x') }],
    ['headers', { url: 'https://example.org/x.tgz', headers: { Token: hide('canary', 'x') } }],
    ['a signed address', { signedUrl: hide('https://example.org/x.tgz?signature=canary', 'x') }],
    ['a signed address with a quote', { signedUrl: hide('https://example.org/x.tgz?signature="canary', 'x') }],
    ['the address', { url: 'https://bot:canary@example.org/x.tgz' }],
    ['the proxy', { url: 'https://example.org/x.tgz', proxy: 'http://bot:canary@proxy:3128' }],
    ['options', { url: 'https://example.org/x.tgz', options: "--user 'bot:canary' -Hpassword:canary -x bot:canary@proxy:1 --data=canary" }],
  ])('%s', (_name, options) => {
    const { plan } = planned({ extract: 'tgz', ...options })
    expect(scriptsOf(plan)).not.toContain('canary')
    expect(titles(plan)[0]).toMatch(options.signedUrl ? /download from the signed address/ : /download https:\/\/example\.org/)
  })
})

describe('a secret is looked up by a run, and not by a plan', () => {
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
    for (const task of ['release', 'check', 'status', 'history']) planned({ extract: 'tgz', ...options() }, {}, task)
    expect(lookups).toEqual([])
  })

  test('what is wrong with it is reported then', () => {
    const { code } = planned({ url: 'http://h/x', user: lookUp('bot') })
    expect(() => [...(code.secrets.hosts.get('web1')?.values() ?? [])].map((each) => reveal(each))).toThrow(/has no colon/)
  })

  test('an empty user is none, and then that of the address counts', () => {
    const values = (options: CurlOptions) =>
      [
        ...(planned({ extract: 'tgz', ...options })
          .code.secrets.hosts.get('web1')
          ?.values() ?? []),
      ].map((each) => reveal(each))
    expect(values({ url: 'https://example.org/x.tgz', user: lookUp('') })).toEqual(['', '', ''])
    expect(values({ url: 'https://bot:canary@example.org/x.tgz', user: lookUp('') })).toContain('user = "bot:canary"')
  })

  test('a secret that a person must type is not asked by check', () => {
    const { plan } = planned({ url: 'https://example.org/x.tgz', user: hide(() => 'bot:canary', 'x', { interactive: true }) }, {}, 'check')
    expect(titles(plan)).toEqual(['check: programs to download with'])
  })
})

describe('what cannot be is told before anything runs', () => {
  test.each<[string, CurlOptions, RegExp]>([
    ['no address', { extract: 'tgz' }, /curl\.url has no value/],
    ['an empty one', { url: '' }, /curl\.url has no value/],
    ['two addresses', { url: 'http://h/x', signedUrl: hide('http://h/y', 'x') }, /both set/],
    ['a signed one that is none', { signedUrl: hide('http://h/a b', 'x') }, /curl\.signedUrl must not have spaces/],
    ['a file and an archive', { url: 'http://h/x.tgz', extract: 'tgz', output: 'x.tgz' }, /curl\.output names a file/],
    ['no name for the file', { url: 'http://h/' }, /does not end with the name of a file/],
    ['no name in a signed address', { signedUrl: hide('http://h/x', 'x') }, /the address is secret/],
    ['a user without a password', { url: 'http://h/x', user: hide('bot', 'x') }, /has no colon/],
    ['a user of two lines', { url: 'http://h/x', user: hide('bot:x\n', 'curl.user') }, /has a line break/],
    ['a secret with a name in it', { url: 'http://h/x', user: hide('%(app_name)s:x', 'x') }, /secrets are used as they are/],
    ['an option that changes the file', { url: 'http://h/x', options: '-sSo /etc/passwd' }, /has --output: use curl\.output/],
    ['a strange scheme', { url: 'gopher://h/x' }, /has the scheme gopher/],
    ['an address like an option', { url: '-K/etc/passwd' }, /must not begin with/],
    ['a header that is none', { url: 'http://h/x', headers: { 'a b': 'x' } }, /name .*not allowed/],
    ['a header of two lines', { url: 'http://h/x', headers: { a: 'x\r\nb: y' } }, /should be text of one line/],
    ['a way out', { url: 'http://h/x', output: '../x' }, /should be the name of a file/],
    ['half a checksum', { url: 'http://h/x', sha256: 'abc' }, /should be 64 hex digits/],
  ])('%s', (_name, options, words) => {
    expect(() => planned(options)).toThrow(words)
  })
})
