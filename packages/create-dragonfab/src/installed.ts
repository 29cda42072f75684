import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** The part of the API of Yarn's Plug'n'Play that is used. */
interface PnpApi {
  resolveToUnqualified(request: string, issuer: string): string | null
}

/** Whether modules in a folder can import a package. Under Plug'n'Play there is no `node_modules`, so its API is used. */
export function isInstalled(name: string, directory: string): boolean {
  if (process.versions.pnp === undefined) return hasModule(name, directory)
  try {
    const api = createRequire(import.meta.url)('pnpapi') as PnpApi
    return api.resolveToUnqualified(name, `${directory}/`) !== null
  } catch {
    return false
  }
}

function hasModule(name: string, directory: string): boolean {
  if (existsSync(join(directory, 'node_modules', name, 'package.json'))) return true
  const parent = dirname(directory)
  return parent !== directory && hasModule(name, parent)
}
