import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename } from 'node:path'
import { mustRun } from '../command.ts'

export interface Registry {
  readonly url: string
  /** Paths that were answered here, not sent on. */
  readonly served: readonly string[]
  stop(): Promise<void>
}

/**
 * A read-only npm registry on loopback that has these tarballs. Whoever asks for another package is sent on to `elsewhere`
 * (npm's own registry by default): nothing goes through it.
 */
export async function startRegistry(tarballs: readonly string[], elsewhere = 'https://registry.npmjs.org'): Promise<Registry> {
  const packages = new Map<string, Map<string, { readonly manifest: object; readonly path: string; readonly integrity: string }>>()
  const files = new Map<string, Buffer>()
  for (const file of tarballs) {
    const bytes = readFileSync(file)
    const manifest = JSON.parse(await mustRun(['tar', '-xOzf', file, 'package/package.json'])) as { name: string; version: string }
    const path = `/-/tarballs/${basename(file)}`
    files.set(path, bytes)
    const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`
    const versions = packages.get(manifest.name) ?? new Map()
    packages.set(manifest.name, versions.set(manifest.version, { manifest, path, integrity }))
  }
  /** All versions of a package; of several the first is the latest. */
  const packument = (name: string): object | undefined => {
    const versions = packages.get(name)
    const [latest] = versions?.keys() ?? []
    if (!versions) return undefined
    const all = [...versions].map(([version, { manifest, path, integrity }]) => {
      return [version, { ...manifest, dist: { tarball: `${url}${path}`, integrity } }] as const
    })
    // pnpm asks for the time where it minds how old a version is.
    const time = Object.fromEntries([...versions.keys()].map((version) => [version, '2020-01-01T00:00:00.000Z']))
    return { name, 'dist-tags': { latest }, versions: Object.fromEntries(all), time }
  }
  const served: string[] = []
  let url = ''
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '/')
    const body = files.get(path) ?? packument(path.slice(1))
    if (request.method !== 'GET' || !body) {
      response.writeHead(request.method === 'GET' ? 302 : 405, { location: `${elsewhere}${request.url}` }).end()
      return
    }
    served.push(path)
    response.setHeader('content-type', Buffer.isBuffer(body) ? 'application/octet-stream' : 'application/json')
    response.end(Buffer.isBuffer(body) ? body : JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    served,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
