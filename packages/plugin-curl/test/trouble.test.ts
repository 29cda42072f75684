import { createHash } from 'node:crypto'
import { readlinkSync } from 'node:fs'
import { type CommandResult, findFreePort, type SshHosts, startSshHosts } from '@dragonfab/test-kit'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type ArtifactAnswer, type Artifacts, behind, cut, redirect, startArtifactServer } from './artifacts.ts'
import { type Packed, pack } from './pack.ts'
import { type CurlProject, createCurlProject } from './project.ts'

let hosts: SshHosts
let server: Artifacts
let other: Artifacts
let of: CurlProject
let live: string
let good: Buffer

const sha256 = (body: Buffer) => createHash('sha256').update(body).digest('hex')
const current = () => readlinkSync(`${of.path()}/current`)

beforeAll(async () => {
  hosts = await startSshHosts(1)
  server = await startArtifactServer()
  other = await startArtifactServer()
  good = await pack('tgz', { 'app/index.txt': 'one\n' })
  server.answers.set('/good.tgz', good)
  of = await createCurlProject(hosts)
  await of.curl({ url: `${server.url}/good.tgz`, extract: 'tgz' })
  expect((await of.run('test', 'release')).status).toBe(0)
  live = current()
})
afterEach(() => {
  server.seen.length = 0
})
afterAll(async () => {
  await Promise.all([server?.stop(), other?.stop(), hosts?.stop(), of?.remove()])
})

/** Releases with these options, and what was live still is. */
async function fails(options: object, code: string, status = 1): Promise<CommandResult> {
  await of.curl({ extract: 'tgz', retries: 0, ...options })
  const done = await of.run('test', 'release')
  expect(done.stderr).toContain(`[${code}]`)
  expect(done.stderr.match(/\[[A-Z_]+\]/g)).toHaveLength(1)
  expect(done.status).toBe(status)
  expect(current()).toBe(live)
  expect(await of.live('app/index.txt')).toBe('one\n')
  return done
}

const serve = (path: string, body: Parameters<Artifacts['answers']['set']>[1]) => {
  server.answers.set(path, body)
  return `${server.url}${path}`
}

describe('the server', () => {
  test('does not have it', async () => {
    const { stderr } = await fails({ url: `${server.url}/gone.tgz` }, 'CURL_NOT_FOUND')
    expect(stderr).toContain(`${server.url}/gone.tgz: the server answered 404`)
  })

  test('wants a password, or another one', async () => {
    const url = serve('/private.tgz', behind('bot:right', good))
    await fails({ url }, 'CURL_DENIED')
    const { stderr } = await fails({ url, user: 'bot:wr0ng-one' }, 'CURL_DENIED')
    expect(stderr).not.toContain('wr0ng-one')
  })

  test('is broken for a while', async () => {
    let answers = 0
    const url = serve('/busy.tgz', (_request, response) => {
      if (++answers < 3) response.writeHead(503).end('busy')
      else response.end(good)
    })
    await fails({ url }, 'CURL_SERVER')
    answers = 0
    await of.curl({ url, extract: 'tgz', retries: 2 })
    const done = await of.run('test', 'release', '--verbose')
    expect(done.stdout).toContain('the server answered 503; trying again (1 of 2)')
    expect(done.status).toBe(0)
    live = current()
  })

  test('is not there', async () => {
    await fails({ url: `http://127.0.0.1:${await findFreePort()}/shop.tgz` }, 'CURL_UNREACHABLE')
    await fails({ url: 'http://no-such-host.invalid/shop.tgz' }, 'CURL_UNREACHABLE')
  })

  test('cuts the connection within the body: never unpacked, and tried again', async () => {
    const { stderr } = await fails({ url: serve('/cut.tgz', cut(9, good)) }, 'CURL_CUT')
    expect(stderr).toMatch(/transfer closed|reset/)
    await of.curl({ url: serve('/cut-once.tgz', cut(1, good)), extract: 'tgz' })
    expect((await of.run('test', 'release')).status).toBe(0)
    live = current()
  })

  test('says nothing any more within the body', async () => {
    const url = serve('/silent.tgz', (_request, response) => {
      response.writeHead(200, { 'Content-Length': good.length })
      response.write(good.subarray(0, 10))
    })
    await fails({ url, timeout: 1 }, 'CURL_CUT')
  })

  test('redirects without end, or out of the web', async () => {
    await fails({ url: serve('/round.tgz', redirect('/round.tgz')) }, 'CURL_REDIRECT')
    expect(server.seen.filter(({ path }) => path === '/round.tgz')).toHaveLength(11)
    await fails({ url: serve('/file.tgz', redirect('file:///etc/passwd')) }, 'CURL_REDIRECT')
    await fails({ url: serve('/quote.tgz', redirect(`${server.url}/a"\\nurl=b`)) }, 'CURL_REDIRECT')
  })

  test('has no certificate that counts', async () => {
    await fails({ url: `https://127.0.0.1:${server.port}/shop.tgz` }, 'CURL_TLS')
  })
})

describe('what comes is not what was wanted', () => {
  test('a page with status 200', async () => {
    const page = Buffer.from('\n<!DOCTYPE html>\n<html><body>Please log in</body></html>')
    for (const extract of ['tgz', 'tar', 'zip', 'zst']) await fails({ url: serve('/login', page), extract }, 'CURL_HTML')
    const asPage: ArtifactAnswer = (_request, response) => void response.writeHead(200, { 'Content-Type': 'text/html' }).end(page)
    const { stderr } = await fails({ url: serve('/login.jar', asPage), extract: 'no', output: 'shop.jar' }, 'CURL_HTML')
    expect(stderr).toContain('/login.jar answered with an HTML page instead of shop.jar')
  })

  test('another checksum', async () => {
    const { stderr } = await fails({ url: `${server.url}/good.tgz`, sha256: sha256(Buffer.from('else')) }, 'CURL_CHECKSUM')
    expect(stderr).toContain(`has the SHA-256 ${sha256(good)}, not ${sha256(Buffer.from('else'))}`)
  })

  test.each([
    ['nothing', 'tgz', Buffer.alloc(0), 'answered with an empty file'],
    ['another kind', 'tar', Buffer.from([0x1f, 0x8b, 8, 0, 0, 0]), 'answered with a gzip file instead of a tar archive'],
    ['an error in JSON', 'zip', Buffer.from('{"error":"no"}'), 'answered with a JSON text instead of a zip archive'],
    ['any text as tar', 'tar', Buffer.from('hello'), 'the archive cannot be'],
  ])('%s', async (_name, extract, body, words) => {
    const { stderr } = await fails({ url: serve('/strange', body), extract }, 'CURL_ARCHIVE')
    expect(stderr).toMatch(new RegExp(words))
  })

  test.each(['tar', 'tgz', 'zst', 'zip'] as const)(
    'a %s that was cut, from a server that does not say how long it is',
    async (kind: Packed) => {
      const whole = await pack(kind, { 'app/index.txt': 'two\n', 'app/more.txt': 'more\n'.repeat(2000) })
      // At the end of a block tar itself would not notice.
      const short = whole.subarray(0, kind === 'tar' ? Math.floor(whole.length / 2 / 512) * 512 : whole.length - 20)
      const url = serve(`/short.${kind}`, (_request, response) => {
        response.writeHead(200, { Connection: 'close', 'Transfer-Encoding': 'identity' })
        response.end(short)
      })
      await fails({ url, extract: kind }, 'CURL_ARCHIVE')
    },
  )
})

test('redirects are followed, and another server gets no credentials', async () => {
  other.answers.set('/good.tgz', good)
  const url = serve('/moved.tgz', redirect(`${other.url}/good.tgz`))
  serve('/back.tgz', redirect('/good.tgz', 307))
  const credentials = { user: 'bot:canary-1', headers: { 'PRIVATE-TOKEN': 'canary-2' }, options: '-b session=canary-3 -A dragonfab' }
  await of.curl({ url, extract: 'tgz', ...credentials })
  expect((await of.run('test', 'release')).status).toBe(0)
  live = current()
  expect(server.seen.at(-1)?.authorization).toBe(`Basic ${Buffer.from('bot:canary-1').toString('base64')}`)
  expect(server.seen.at(-1)?.headers).toMatchObject({ 'private-token': 'canary-2', cookie: 'session=canary-3', 'user-agent': 'dragonfab' })
  expect(other.seen.at(-1)?.headers).toMatchObject({ 'user-agent': 'dragonfab' })
  expect(JSON.stringify(other.seen)).not.toContain('canary')
  expect(other.seen.at(-1)?.authorization).toBeUndefined()
  // On the same server they stay.
  await of.curl({ url: `${server.url}/back.tgz`, extract: 'tgz', ...credentials })
  expect((await of.run('test', 'release')).status).toBe(0)
  live = current()
  expect(server.seen.at(-1)).toMatchObject({ path: '/good.tgz', headers: { 'private-token': 'canary-2' } })
})

test('check asks the server, and changes nothing', async () => {
  await of.curl({ url: `${server.url}/good.tgz`, extract: 'tgz' })
  expect((await of.run('test', 'check')).status).toBe(0)
  await of.curl({ url: `${server.url}/gone.tgz`, extract: 'tgz' })
  const gone = await of.run('test', 'check')
  expect([gone.status, gone.stderr.includes('[CURL_NOT_FOUND]')]).toEqual([1, true])
  await of.curl({ extract: 'tgz' })
  expect((await of.run('test', 'check')).status).toBe(0)
  expect(current()).toBe(live)
})
