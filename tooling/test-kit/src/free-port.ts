import { createServer } from 'node:net'

/** A port of 127.0.0.1 that was free a moment ago. Whoever takes it must be ready to try another. */
export function findFreePort(address = '127.0.0.1'): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, address, () => {
      const bound = server.address()
      server.close(() => (typeof bound === 'object' && bound ? resolve(bound.port) : reject(new Error('no free port'))))
    })
  })
}
