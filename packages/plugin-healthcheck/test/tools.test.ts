import { join } from 'node:path'
import { type CliProject, cliProject, ensureServers, freePort, programPath, type SshHosts, startSshHosts } from '@dragonfab/test-kit'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { programsWithout } from './programs.ts'
import { service } from './service.ts'

let hosts: SshHosts
let shop: CliProject
let web: Awaited<ReturnType<typeof service>>

const python = /^(python|pypy|pdb|pydoc)/
const wget = /^wget/
const curl = /^curl/
const bash = /^r?bash/

beforeAll(async () => {
  await ensureServers({ curl: 'curl', wget: 'wget' })
  hosts = await startSshHosts(1)
  web = await service(() => ({ web1: shop.path() }))
})
afterEach(() => shop?.remove())
afterAll(async () => {
  await Promise.all([web?.stop(), hosts?.stop()])
})

async function problems(path: string, checks: readonly unknown[], task = 'healthcheck') {
  await shop?.remove()
  shop = await cliProject(hosts)
  await shop.config({ plugins: ['healthcheck'], healthcheck: { checks, retries: 0, timeout: 2 }, shellEnv: { PATH: path } })
  const { status, stdout } = await shop.run('test', task, '--json')
  const said: { code: string; message: string }[] = JSON.parse(stdout.trim().split('\n').at(-1) ?? '').problems
  return { status, said: said.map(({ code, message }) => `${code} ${message}`) }
}

const folder = (name: string) => join(hosts.hosts[0]?.root ?? '', name)

describe.each([
  ['curl', [python, wget, bash]],
  ['python3', [curl, wget, bash]],
  ['wget', [curl, python]],
])('a host with %s alone', (name, without) => {
  test('is asked with it: what answers, what answers something else, what does not answer, a port', async () => {
    const path = programsWithout(folder(name), without)
    const port = await freePort('127.0.0.1')
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
      said: [`HEALTHCHECK_FAILED ${web.url}/web1 should answer 2xx, and answered 404: nothing is deployed`],
    })
    expect(web.asked.at(-1)?.headers.host).toBe('shop.example.org')
    const gone = await problems(path, [`http://127.0.0.1:${port}/`])
    expect(gone.said).toEqual([expect.stringMatching(/should answer 2xx, and did not: .+/)])
    const hang = await problems(path, [`${web.url}/web1/hang`])
    expect(hang.said).toEqual([expect.stringMatching(/hang should answer 2xx, and did not:/)])
    if (name === 'curl') return
    expect(await problems(path, [`tcp://127.0.0.1:${web.port}`])).toEqual({ status: 0, said: [] })
    expect((await problems(path, [`tcp://127.0.0.1:${port}`])).said).toEqual([
      expect.stringContaining('should take connections, and does not'),
    ])
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
  expect(await problems(path, [{ http: `${web.url}/web1`, status: 404, from: 'here' }])).toEqual({ status: 0, said: [] })
  expect((await problems(path, [{ http: `${web.url}/web1`, from: 'here' }], 'check')).said).toEqual([])
})
