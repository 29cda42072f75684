import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type SshHosts, startSshHosts } from '@dragonfab/test-kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pack } from '../../../../packages/plugin-curl/test/pack.ts'
import { type AcceptanceProject, createProject } from '../../src/project.ts'
import { artifactServer } from './services.ts'
import { watchFor } from './watch.ts'

/** One for every place in which curl can be given a secret. */
const canaries = {
  user: `Kanarie-user-i"j k\\l`,
  address: 'Kanarie-address-m@n:o',
  header: `Kanarie-header-p'q"r`,
  options: 'Kanarie-options-s$t',
  proxy: 'Kanarie-proxy-u#v',
  proxyInOptions: 'Kanarie-proxyuser-w&x',
  signedUrl: 'Kanarie-signedurl-y/z+a=',
}
const watch = watchFor(canaries)
const logins = [canaries.user, canaries.address, canaries.options].map((password) => `bot:${password}`)
const proxies = [canaries.proxy, canaries.proxyInOptions].map((password) => `bot:${password}`)

let cluster: SshHosts
let server: Awaited<ReturnType<typeof artifactServer>>
let shop: AcceptanceProject

beforeAll(async () => {
  cluster = await startSshHosts(1)
  const body = await pack('tgz', { 'index.txt': 'one\n' })
  server = await artifactServer({ logins, proxies, token: canaries.header, signature: canaries.signedUrl }, body)
  shop = await createProject(cluster, { name: 'artifact' })
  for (const [name, value] of Object.entries(canaries)) await shop.write(`${name}.secret`, value)
  await shop.write('dragonfab.config.ts', config())
})
afterAll(async () => {
  await Promise.all([server?.stop(), cluster?.stop(), shop?.remove()])
})

const hosts = (folder: string): string => JSON.stringify(cluster.hosts.map(({ name, root }) => ({ name, path: join(root, folder) })))
const config = () => `import { readFileSync } from 'node:fs'
import { defineConfig, secret } from 'dragonfab'
import curl from '@dragonfab/plugin-curl'
const text = (name: string) => readFileSync(new URL(name + '.secret', import.meta.url), 'utf8')
const inString = (name: string) => encodeURIComponent(text(name)).replaceAll('%', '%%')
const url = 'http://127.0.0.1:${server.port}/artifact.tgz'
export default defineConfig({
  appName: 'artifact',
  plugins: [curl({ extract: 'tgz', postinstallScript: 'cat index.txt' })],
  environments: {
    user: { hosts: ${hosts('user')}, curl: { url, user: secret('bot:' + text('user')), headers: { 'PRIVATE-TOKEN': secret.file('header.secret') } } },
    address: { hosts: ${hosts('address')}, curl: {
      url: 'http://bot:' + inString('address') + '@builds.invalid/artifact.tgz', proxy: 'http://bot:' + inString('proxy') + '@127.0.0.1:${server.port}' } },
    options: { hosts: ${hosts('options')}, curl: { url: 'http://builds.invalid/artifact.tgz',
      options: "-v --user 'bot:" + text('options') + "' -x http://127.0.0.1:${server.port} --proxy-user 'bot:" + text('proxyInOptions') + "'" } },
    signed: { hosts: ${hosts('signed')}, curl: { signedUrl: secret(url + '?signature=' + encodeURIComponent(text('signedUrl'))) } },
  },
})
`

test.each(['user', 'address', 'options', 'signed'])(
  'curl, %s: a canary is seen in no process, output, plan, history or file',
  async (environment) => {
    const texts: { readonly words: string; readonly text: string }[] = []
    const watching = await watch.processes()
    let sampled: Awaited<ReturnType<typeof watching.stop>>
    try {
      for (const words of [
        [environment, 'release', '--plan-out', `${environment}.json`, '--json'],
        ['apply', `${environment}.json`, '--json', '--verbose'],
        [environment, 'release', '--verbose'],
        [environment, 'rollback', '--verbose'],
        [environment, 'check', 'history', 'status'],
        [environment, 'env', '--json'],
      ]) {
        const { status, stdout, stderr } = await shop.run(words)
        expect(status, `${words.join(' ')}\n${stdout}${stderr}`).toBe(0)
        texts.push({ words: words.join(' '), text: stdout + stderr })
      }
    } finally {
      sampled = await watching.stop()
    }
    expect(sampled.sights).toEqual([])
    for (const { words, text } of texts) expect(watch.found(text), words).toEqual([])
    expect(watch.found(readFileSync(join(shop.directory, `${environment}.json`), 'utf8'))).toEqual([])
    for (const { root } of cluster.hosts) {
      expect(watch.foundIn(join(root, environment))).toEqual([])
      expect(readFileSync(join(root, environment, 'current/index.txt'), 'utf8')).toBe('one\n')
    }
  },
)

test('each of them was asked for: the server opens for nothing else', () => {
  expect([...server.used].sort()).toEqual([...logins, ...proxies, canaries.header, canaries.signedUrl].sort())
})
