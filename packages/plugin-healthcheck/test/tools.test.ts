import { join } from 'node:path'
import {
  type CliProject,
  createCliProject,
  ensureServers,
  findFreePort,
  programPath,
  type SshHosts,
  startSshHosts,
} from '@dragonfab/test-kit'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { programsWithout } from './programs.ts'
import { service } from './service.ts'
import { tlsService } from './tls-service.ts'

let hosts: SshHosts
let shop: CliProject
let web: Awaited<ReturnType<typeof service>>
let tls: Awaited<ReturnType<typeof tlsService>>

const python = /^(python|pypy|pdb|pydoc)/
const wget = /^wget/
const curl = /^curl/
const bash = /^r?bash/

beforeAll(async () => {
  await ensureServers({ curl: 'curl', wget: 'wget' })
  hosts = await startSshHosts(1)
  web = await service(() => ({ web1: shop.path() }))
  tls = await tlsService()
})
afterEach(() => shop?.remove())
afterAll(async () => {
  await Promise.all([web?.stop(), tls?.stop(), hosts?.stop()])
})

async function problems(path: string, checks: readonly unknown[], task = 'healthcheck', shellEnv: Readonly<Record<string, string>> = {}) {
  await shop?.remove()
  shop = await createCliProject(hosts)
  await shop.config({ plugins: ['healthcheck'], healthcheck: { checks, retries: 0, timeout: 2 }, shellEnv: { PATH: path, ...shellEnv } })
  const { status, stdout } = await shop.run('test', task, '--json')
  const said: { code: string; message: string }[] = JSON.parse(stdout.trim().split('\n').at(-1) ?? '').problems
  return { status, said: said.map(({ code, message }) => `${code} ${message}`) }
}

/** The variable by which a host's own settings say whom to trust; wget knows the system's authorities alone. */
const trusting: Readonly<Record<string, string>> = { curl: 'CURL_CA_BUNDLE', python3: 'SSL_CERT_FILE' }

const folder = (name: string) => join(hosts.hosts[0]?.root ?? '', name)

describe.each([
  ['curl', [python, wget, bash]],
  ['python3', [curl, wget, bash]],
  ['wget', [curl, python]],
])('a host with %s alone', (name, without) => {
  test('is asked with it: what answers, what answers something else, what does not answer, a port', async () => {
    const path = programsWithout(folder(name), without)
    const port = await findFreePort('127.0.0.1')
    const token = 'a: "b" \\c'
    web.asked.length = 0
    // Nothing is deployed there.
    const headers = { 'X-Token': token }
    expect(
      await problems(path, [{ http: `${web.url}/web1`, status: '404', contains: 'nothing is', matches: 'deployed$', headers }]),
    ).toEqual({
      status: 0,
      said: [],
    })
    expect(web.asked.map((request) => request.headers['x-token'])).toEqual([token])
    expect(await problems(path, [{ http: `${web.url}/web1`, host: 'shop.example.org' }])).toEqual({
      status: 1,
      said: [`HEALTHCHECK_FAILED ${web.url}/web1 should answer 2xx, but answered 404: nothing is deployed`],
    })
    expect(web.asked.at(-1)?.headers.host).toBe('shop.example.org')
    const gone = await problems(path, [`http://127.0.0.1:${port}/`])
    expect(gone.said).toEqual([expect.stringMatching(/should answer 2xx, but did not: .+/)])
    const hang = await problems(path, [`${web.url}/web1/hang`])
    expect(hang.said).toEqual([expect.stringMatching(/hang should answer 2xx, but did not:/)])
    if (name === 'curl') return
    expect(await problems(path, [`tcp://127.0.0.1:${web.port}`])).toEqual({ status: 0, said: [] })
    expect((await problems(path, [`tcp://127.0.0.1:${port}`])).said).toEqual([
      expect.stringContaining('should accept connections, but does not'),
    ])
  })

  test('over TLS: a certificate that nobody vouches for is refused, unless insecure says so; one that the host trusts is taken', async () => {
    const path = programsWithout(folder(`${name}-tls`), without)
    const check = { http: `${tls.url}/health`, contains: 'well' }
    const refused = await problems(path, [check])
    expect(refused.status).toBe(1)
    expect(refused.said).toEqual([
      expect.stringMatching(/^HEALTHCHECK_FAILED https:.* should answer 2xx with "well", but did not: .*(certificate|SSL)/i),
    ])
    expect(await problems(path, [{ ...check, insecure: true }])).toEqual({ status: 0, said: [] })
    const variable = trusting[name]
    if (variable) expect(await problems(path, [check], 'healthcheck', { [variable]: tls.certificate })).toEqual({ status: 0, said: [] })
    expect((await problems(path, [{ ...check, insecure: true, contains: 'ill' }])).status).toBe(1)
  })
})

test('a host with nothing that can ask says so, in check too; from here it needs nothing', async () => {
  const busybox = programPath('busybox') ?? ''
  const path = programsWithout(folder('none'), [python, curl, bash], { wget: busybox })
  const http = 'HEALTHCHECK_TOOL a health check over HTTP needs curl, python3 or GNU wget, and none is installed'
  for (const task of ['check', 'healthcheck']) {
    const { status, said } = await problems(path, [`${web.url}/web1`], task)
    expect(status).toBe(1)
    expect(said).toContain(http)
  }
  expect((await problems(path, [`tcp://127.0.0.1:${web.port}`], 'check')).said).toEqual([
    'HEALTHCHECK_TOOL a health check of a port needs python3 or bash, and neither is installed',
  ])
  expect(await problems(path, [{ http: `${web.url}/web1`, status: 404, target: 'local' }])).toEqual({ status: 0, said: [] })
  expect((await problems(path, [{ http: `${web.url}/web1`, target: 'local' }], 'check')).said).toEqual([])
})

test('over TLS from here: refused, taken with insecure, and taken where this machine trusts it', async () => {
  const check = { http: `${tls.url}/health`, contains: 'well', target: 'local' }
  const refused = await problems('/usr/bin:/bin', [check])
  expect(refused.status).toBe(1)
  expect(refused.said).toEqual([expect.stringMatching(/^HEALTHCHECK_FAILED https:.*self-signed certificate/)])
  expect(await problems('/usr/bin:/bin', [{ ...check, insecure: true }])).toEqual({ status: 0, said: [] })
  await shop.remove()
  shop = await createCliProject(hosts, { env: { NODE_EXTRA_CA_CERTS: tls.certificate } })
  await shop.config({ plugins: ['healthcheck'], healthcheck: { checks: [check], retries: 0 } })
  const trusted = await shop.run('test', 'healthcheck')
  expect(trusted.status, trusted.stdout + trusted.stderr).toBe(0)
})
