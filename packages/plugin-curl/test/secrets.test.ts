import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type SshHosts, startSshHosts } from '@dragonfab/test-kit'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Artifacts, behind, startArtifactServer } from './artifacts.ts'
import { pack } from './pack.ts'
import { type CurlProject, createCurlProject } from './project.ts'
import { sampler } from './sampler.ts'

const password = `c4nary"wor\\d$%`
const login = `bot:${password}`
const basic = `Basic ${Buffer.from(login).toString('base64')}`
/** In every form in which it could slip out. */
const forms = [password, encodeURIComponent(password), JSON.stringify(password).slice(1, -1), Buffer.from(login).toString('base64')]

let hosts: SshHosts
let server: Artifacts
let of: CurlProject
let body: Buffer

beforeAll(async () => {
  hosts = await startSshHosts(1)
  server = await startArtifactServer()
  body = await pack('tgz', { 'app/index.txt': 'one\n' })
  // Slow, so that a curl that waits is there to be looked at.
  const slow = (path: string, answer: ReturnType<typeof behind>) =>
    server.answers.set(path, (request, response) => void setTimeout(() => answer(request, response), 200))
  slow('/login.tgz', behind(login, body))
  slow('/token.tgz', (request, response) => void response.writeHead(request.headers['private-token'] === password ? 200 : 403).end(body))
  slow(`/signed.tgz?signature=${encodeURIComponent(password)}`, (_request, response) => void response.end(body))
  slow(
    'http://builds.invalid/proxied.tgz',
    (request, response) => void response.writeHead(request.headers['proxy-authorization'] === basic ? 200 : 407).end(body),
  )
})
afterEach(() => of?.remove())
afterAll(async () => {
  await Promise.all([server?.stop(), hosts?.stop()])
})

/** No text, and no file of the host's application and of the project but the config, has it. */
function nowhere(text: string): void {
  for (const form of forms) {
    expect(text).not.toContain(form)
    for (const root of [of.path(), of.directory])
      for (const file of readdirSync(root, { recursive: true, withFileTypes: true })) {
        if (!file.isFile() || file.name === 'dragonfab.config.json') continue
        expect(readFileSync(join(file.parentPath, file.name)).includes(form), file.name).toBe(false)
      }
  }
}

/** As it stands in an address of the configuration, where `%%` is a percent sign. */
const inAddress = encodeURIComponent(password).replaceAll("'", '%27').replaceAll('%', '%%')
/** As a shell would read it. */
const quoted = `'${login}'`

describe('credentials reach the server, and nobody else', () => {
  test.each<[string, () => object]>([
    ['in user', () => ({ url: `${server.url}/login.tgz`, user: login })],
    ['in the address', () => ({ url: `http://bot:${inAddress}@127.0.0.1:${server.port}/login.tgz` })],
    [
      'in the options, as fapistrano’s guide has them',
      () => ({ url: `${server.url}/login.tgz`, options: `-v --user ${quoted.replaceAll('%', '%%')}` }),
    ],
    ['in a signed address', () => ({ signedUrl: `${server.url}/signed.tgz?signature=${encodeURIComponent(password)}` })],
    ['in a proxy', () => ({ url: 'http://builds.invalid/proxied.tgz', proxy: `http://bot:${inAddress}@127.0.0.1:${server.port}` })],
  ])('%s', async (_name, options) => {
    of = await createCurlProject(hosts)
    await of.curl({ extract: 'tgz', ...options(), postinstallScript: 'cat app/index.txt' })
    const watch = sampler(forms)
    const texts = []
    for (const words of [
      'release --verbose',
      'release --json',
      'release --dry-run',
      'release --plan-out plan.json',
      'check',
      'env',
      'history',
    ]) {
      const { status, stdout, stderr } = await of.run('test', ...words.split(' '))
      expect([words, status, status === 0 ? '' : stderr]).toEqual([words, 0, ''])
      texts.push(stdout, stderr)
    }
    const { found, curls } = await watch.stop()
    expect(found).toEqual([])
    // It looked at what it was to look at.
    expect(curls).toContain('curl -K -')
    expect(await of.live('REVISION')).toMatch(/^http\S+ sha256:/)
    nowhere(texts.join('\n'))
  })

  test('as a flag, and from the environment of this machine', async () => {
    of = await createCurlProject(hosts)
    await of.write(
      'dragonfab.config.ts',
      `import curl from '@dragonfab/plugin-curl'
import { defineConfig, secret } from 'dragonfab'
export default defineConfig({
  appName: 'shop',
  plugins: [curl({ extract: 'tgz', headers: { 'PRIVATE-TOKEN': secret.env('TOKEN') } })],
  environments: { test: { hosts: [{ name: 'web1', path: '${of.path()}' }] } },
})
`,
    )
    const texts: string[] = []
    const release = async (token: string, ...flags: readonly string[]) => {
      const { status, stdout, stderr } = await of.runWith({ TOKEN: token }, 'test', 'release', '--verbose', ...flags)
      expect([stderr, status]).toEqual(['', 0])
      texts.push(stdout)
    }
    await release(password, `--curl-url=${server.url}/token.tgz`)
    await release('other', `--curl-url=${server.url}/login.tgz`, `--curl-user=${login}`)
    await release('other', `--curl-url=${server.url}/login.tgz`, `--curl-options=--user ${quoted.replaceAll('%', '%%')}`)
    texts.push((await of.runWith({ TOKEN: 'other' }, 'test', 'history')).stdout)
    nowhere(texts.join('\n'))
  })
})
