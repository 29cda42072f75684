import { readdir, readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'

/** Who must be told what, before a service does anything. */
export interface Credentials {
  /** `user:password` of the index of Python packages. */
  readonly index: string
  /** `X-Health` of the health check. */
  readonly health: string
  /** The secret part of a webhook's path. */
  readonly hook: string
  /** The bearer of the other webhook. */
  readonly bearer: string
}

const basic = (login: string): string => `Basic ${Buffer.from(login).toString('base64')}`

/**
 * What a deployment talks to, on one port of loopback: an index of Python packages, a page that is asked for its health, and webhooks. Each says
 * no to those who do not show their secret, so that what passes has used it; `used` tells which were.
 */
export async function services(credentials: Credentials, wheels: string) {
  const used = new Set<string>()
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    const { headers } = request
    const [, place, name = ''] = /^\/([^/]*)\/?([^/]*)\/?$/.exec(url.pathname) ?? []
    if (place === 'health' || place === 'sick') {
      if (headers['x-health'] !== credentials.health) return refuse(response, 403)
      used.add(place)
      // A service in trouble is talkative: it says what it was asked.
      if (place === 'sick') return refuse(response, 500, `cannot answer ${JSON.stringify(headers)}`)
      return void response.end('well')
    }
    if (place === 'services' || place === 'gone') {
      if (decodeURIComponent(name) !== credentials.hook) return refuse(response, 403)
      used.add(place)
      return place === 'gone' ? refuse(response, 410, `no service at ${request.url}`) : void response.end('ok')
    }
    if (place === 'told') {
      if (headers.authorization !== `Bearer ${credentials.bearer}`) return refuse(response, 403)
      used.add('told')
      return void response.end('ok')
    }
    if (headers.authorization !== basic(credentials.index))
      return void response.writeHead(401, { 'www-authenticate': 'Basic realm="wheels"' }).end()
    used.add('index')
    if (place === 'files') return void response.end(await readFile(join(wheels, name)))
    const files = (await readdir(wheels)).filter((each) => each.startsWith(`${name}-`))
    response.setHeader('content-type', 'text/html').end(files.map((each) => `<a href="/files/${each}">${each}</a>`).join('\n'))
  }
  return { ...(await listening(answer)), used }
}

/** What opens an artifact: any of the logins, `PRIVATE-TOKEN`, and a signature; `http://builds.invalid/` through a proxy with one of its logins. */
export interface Openers {
  readonly logins: readonly string[]
  readonly proxies: readonly string[]
  readonly token: string
  readonly signature: string
}

/** A server of one artifact, which is a proxy too; `used` tells with what it was opened. */
export async function artifactServer({ logins, proxies, token, signature }: Openers, body: Buffer) {
  const used = new Set<string>()
  const server = await listening(async ({ url = '/', headers }, response) => {
    const { hostname, searchParams } = new URL(url, 'http://127.0.0.1')
    const proxy = proxies.filter((login) => headers['proxy-authorization'] === basic(login))
    if (hostname === 'builds.invalid' && !proxy.length) return refuse(response, 407)
    const shown = [
      ...logins.filter((login) => headers.authorization === basic(login)),
      ...(headers['private-token'] === token ? [token] : []),
      ...(searchParams.get('signature') === signature ? [signature] : []),
    ]
    if (!shown.length) return refuse(response, 403)
    for (const each of [...shown, ...proxy]) used.add(each)
    response.end(body)
  })
  return { ...server, used }
}

function refuse(response: ServerResponse, status: number, text = 'no'): void {
  response.writeHead(status).end(text)
}

async function listening(answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>) {
  const server = createServer((request, response) => {
    request.resume()
    answer(request, response).catch((error: unknown) => refuse(response, 500, String(error)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    port,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
