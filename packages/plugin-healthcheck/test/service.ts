import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { join } from 'node:path'

/** A service on loopback that answers with what the live release of a path says: its first line is the status, the rest the body. */
export async function service(paths: () => Readonly<Record<string, string>>) {
  const asked: IncomingMessage[] = []
  const server = createServer((request, response) => {
    asked.push(request)
    const [, host = '', rest = ''] = /^\/([^/?]*)\/?(.*)$/.exec(request.url ?? '') ?? []
    if (rest === 'hang') return
    try {
      const [status = '', ...body] = readFileSync(join(paths()[host] ?? '', 'current/answer'), 'utf8').split('\n')
      response.writeHead(Number(status), { 'X-Long': 'x'.repeat(300) }).end(body.join('\n'))
    } catch {
      response.writeHead(404).end('nothing is deployed')
    }
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    asked,
    stop: () =>
      new Promise<void>((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}
