import { createServer, type Server } from 'node:http'
import { type CliProject, createCliProject, type SshHosts, startSshHosts } from '@dragonfab/test-kit'
import { afterAll, beforeAll, expect, test } from 'vitest'

let hosts: SshHosts
let shop: CliProject
let server: Server
let other: Server
const asked: string[] = []
const pages: Record<string, string> = {}

const listen = async (made: Server): Promise<string> => {
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(made.address() as { port: number }).port}`
}
let url: string
let elsewhere: string

beforeAll(async () => {
  hosts = await startSshHosts(1)
  shop = await createCliProject(hosts)
  server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.push(`${request.method} ${path}`)
    if (path === '/moved') return void response.writeHead(302, { location: '/b/' }).end()
    if (path === '/no-head' && request.method === 'HEAD') return void response.writeHead(405).end()
    const text = pages[path]
    response
      .writeHead(text === undefined ? 404 : 200, { 'content-type': path.endsWith('.css') ? 'text/css' : 'text/html; charset=utf-8' })
      .end(text ?? 'gone')
  })
  other = createServer((_, response) => response.writeHead(410).end())
  url = await listen(server)
  elsewhere = await listen(other)
})
afterAll(async () => {
  await Promise.all([server, other].map((each) => new Promise((resolve) => each.close(resolve))))
  await shop?.remove()
  await hosts?.stop()
})

async function check(set: object = {}) {
  await shop.config({ plugins: ['linkchecker'], stateDir: '%(path)s/.dragonfab', linkchecker: { url: `${url}/`, ...set } })
  asked.length = 0
  return shop.run('test', 'linkchecker', '--json')
}

test('follows all links of a site, each once, and names the page of a broken one', async () => {
  Object.assign(pages, {
    '/': `<a href="b/?x=1&amp;y=2">b</a> <a href=/moved#top>moved</a> <img src='logo.png'><link rel="stylesheet" href="style.css"><a href="mailto:x@example.org">m</a>
      <a href="javascript:void 0">j</a><!-- <a href="/commented"> --><script>"<a href='/in-script'>"</script><a href="${elsewhere}/x">out</a><a href="/logout">out</a>`,
    '/b/?x=1&y=2': '<base href="/c/"><a href="deep">deep</a><a href="/">home</a><a href="#here">here</a>',
    '/b/': 'b',
    '/c/deep': '<a href="/no-head">x</a>',
    '/no-head': 'x',
    '/logo.png': 'png',
    '/style.css': 'a { b: c }',
  })
  const fine = await check({ exclude: ['/logout'] })
  expect(fine.status, fine.stdout + fine.stderr).toBe(0)
  expect([...asked].sort()).toEqual(
    ['GET /', 'GET /b/?x=1&y=2', 'GET /moved', 'GET /b/', 'GET /logo.png', 'GET /style.css', 'GET /c/deep', 'GET /no-head'].sort(),
  )
  pages['/c/deep'] = '<a href="/missing">x</a><a href="http://[bad/">y</a>'
  const broken = await check({ exclude: ['/logout'] })
  expect(broken.status, broken.stdout + broken.stderr).toBe(1)
  const [problem] = JSON.parse(broken.stdout.trim().split('\n').at(-1) ?? '').problems
  expect(problem.code).toBe('LINKS_BROKEN')
  expect(problem.cause).toContain(`${url}/missing answers 404, on ${url}/c/deep`)
  expect(problem.cause).toContain('http://[bad/ is not an address')
})

test('links to other sites are left alone, told, or required', async () => {
  pages['/'] = `<a href="${elsewhere}/x">out</a>`
  expect((await check()).stdout).not.toContain('410')
  const told = await check({ external: 'check' })
  expect(told.status, told.stdout + told.stderr).toBe(0)
  expect(told.stdout).toContain('answers 410')
  const required = await check({ external: 'require' })
  expect(required.status, required.stdout + required.stderr).toBe(1)
})

test('a site that is away, and no address at all', async () => {
  const away = await shop.run('test', 'linkchecker:http://127.0.0.1:1/', '--json')
  expect([away.status, away.stdout.includes('LINKS_BROKEN')], away.stdout + away.stderr).toEqual([1, true])
  await shop.config({ plugins: ['linkchecker'] })
  const none = await shop.run('test', 'linkchecker')
  expect(none.status, none.stdout + none.stderr).toBe(2)
})
