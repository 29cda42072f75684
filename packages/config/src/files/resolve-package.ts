import { createRequire } from 'node:module'
import { resolveModulePath } from 'exsolve'

/** The part of Yarn's Plug'n'Play that is asked. */
interface PnpResolver {
  resolveRequest(request: string, issuer: string, options: { readonly conditions: ReadonlySet<string> }): string | null
}

/** What `import` goes by: https://nodejs.org/api/packages.html#conditional-exports. */
const conditions = ['node', 'import', 'module-sync']

/**
 * The file that `import` finds for a package, or for one of its subpaths, from a folder. NODE_PATH has no say, as with `import`: package
 * managers set it to folders full of packages that the project did not ask for. Under Plug'n'Play there is no `node_modules` to look into, so
 * its API is asked. `undefined` if the package is not installed or does not export the subpath.
 */
export function resolvePackage(name: string, directory: string, entry?: string): string | undefined {
  const request = entry === undefined ? name : `${name}/${entry}`
  if (process.versions.pnp !== undefined) return askPnp(request, directory)
  return resolveModulePath(request, { from: `${directory}/`, conditions, try: true, cache: false })
}

function askPnp(request: string, directory: string): string | undefined {
  try {
    const api = createRequire(import.meta.url)('pnpapi') as PnpResolver
    return api.resolveRequest(request, `${directory}/`, { conditions: new Set([...conditions, 'default']) }) ?? undefined
  } catch {
    return undefined
  }
}
