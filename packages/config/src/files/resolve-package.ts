import { createRequire } from 'node:module'
import { resolveModulePath } from 'exsolve'

/** The part of the API of Yarn's Plug'n'Play that is used. */
interface PnpResolver {
  resolveRequest(request: string, issuer: string, options: { readonly conditions: ReadonlySet<string> }): string | null
}

/** The conditions that `import` uses: https://nodejs.org/api/packages.html#conditional-exports. */
const conditions = ['node', 'import', 'module-sync']

/**
 * Finds the file that `import` would load for a package, or for one of its subpaths, from a folder. Like `import`, it ignores NODE_PATH:
 * package managers set it to folders with packages that the project does not depend on. Under Plug'n'Play there is no `node_modules`, so its
 * API is used. `undefined` if the package is not installed or does not export the subpath.
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
