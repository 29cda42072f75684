import { createServer } from 'node:http'

export interface Received {
  readonly path: string
  readonly authorization: string | undefined
  // biome-ignore lint/suspicious/noExplicitAny: whatever was sent is looked at
  readonly body: any
}

/** A chat on loopback: it takes what is sent to `/services/…`, hangs on `/hang`, and answers 404 elsewhere, with the address in its text. */
export async function webhook() {
  const received: Received[] = []
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      if (path.startsWith('/hang')) return
      if (!path.startsWith('/services/')) return void response.writeHead(404).end(`no_service ${path}`)
      if (request.method === 'POST')
        received.push({ path, authorization: request.headers.authorization, body: JSON.parse(Buffer.concat(chunks).toString()) })
      response.end('ok')
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    received,
    url: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise<void>((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}
