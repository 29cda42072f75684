import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { publishable, readJson, root } from '../lib/root.mjs'

/** What each package ships as code, against its limit in sizes.json: growth is decided, it does not happen. */
export async function sizes() {
  const limits = readJson(join(root, 'tooling/workspace/sizes.json'))
  const problems = []
  for (const { directory, manifest } of publishable()) {
    const dist = join(directory, 'dist')
    const code = existsSync(dist) ? readdirSync(dist, { recursive: true }).filter((name) => name.endsWith('.js')) : []
    const size = code.reduce(
      (sum, name) => sum + (statSync(join(dist, name)).isFile() ? gzipSync(readFileSync(join(dist, name))).length : 0),
      0,
    )
    const kilobytes = Number((size / 1000).toFixed(1))
    const limit = limits[manifest.name]
    if (code.length === 0) problems.push(`${manifest.name} is not built`)
    else if (limit === undefined) problems.push(`${manifest.name} has ${kilobytes} kB gzipped and no limit in tooling/workspace/sizes.json`)
    else if (kilobytes > limit)
      problems.push(`${manifest.name} has ${kilobytes} kB gzipped, more than its ${limit} (tooling/workspace/sizes.json)`)
  }
  const names = new Set(publishable().map(({ manifest }) => manifest.name))
  for (const name of Object.keys(limits)) if (!names.has(name)) problems.push(`sizes.json names ${name}, which is not published`)
  return problems
}
