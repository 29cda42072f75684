import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A plain HTTP proxy, at an address of a bridge: how apt in a container reaches the machine's mirror, and all that it can reach. */
export async function startAptProxy(address: string): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const server = createServer((incoming, answer) => {
    const { method, headers, url = '' } = incoming
    const outgoing = request(url, { method, headers }, (reply) => {
      answer.writeHead(reply.statusCode ?? 502, reply.headers)
      reply.pipe(answer)
    })
    outgoing.on('error', () => answer.destroy())
    incoming.pipe(outgoing)
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(3142, address, resolve))
  return {
    port: (server.address() as AddressInfo).port,
    stop: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
