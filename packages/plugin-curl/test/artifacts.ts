import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

/** What was asked for, and by whom. */
export interface ArtifactRequest {
  readonly path: string
  readonly authorization: string | undefined
  readonly headers: IncomingMessage['headers']
}

export type ArtifactAnswer = (request: IncomingMessage, response: ServerResponse) => void

/** A server of artifacts on loopback. What is not among its answers is 404. */
export interface Artifacts {
  readonly url: string
  readonly port: number
  readonly seen: ArtifactRequest[]
  readonly answers: Map<string, Buffer | ArtifactAnswer>
  stop(): Promise<void>
}

export async function startArtifactServer(): Promise<Artifacts> {
  const seen: ArtifactRequest[] = []
  const answers = new Map<string, Buffer | ArtifactAnswer>()
  const server: Server = createServer((request, response) => {
    const path = request.url ?? '/'
    seen.push({ path, authorization: request.headers.authorization, headers: request.headers })
    const answer = answers.get(path)
    if (answer === undefined) response.writeHead(404, { 'Content-Type': 'text/html' }).end('<html><body>Not found</body></html>')
    else if (typeof answer === 'function') answer(request, response)
    else response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': answer.length }).end(answer)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    seen,
    answers,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Answers only those who say this, and says that it asks for a password otherwise. */
export function behind(user: string, body: Buffer): ArtifactAnswer {
  return (request, response) => {
    if (request.headers.authorization !== `Basic ${Buffer.from(user).toString('base64')}`) {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="builds"' }).end('who are you?')
    } else response.writeHead(200, { 'Content-Length': body.length }).end(body)
  }
}

/** Says how long the body is, sends half of it and cuts the connection, this many times; then sends all. */
export function cut(times: number, body: Buffer): ArtifactAnswer {
  let left = times
  return (_request, response) => {
    response.writeHead(200, { 'Content-Length': body.length })
    if (left-- <= 0) response.end(body)
    else response.write(body.subarray(0, body.length / 2), () => response.socket?.destroy())
  }
}

export function redirect(to: string, status = 302): ArtifactAnswer {
  return (_request, response) => void response.writeHead(status, { Location: to }).end('elsewhere')
}
