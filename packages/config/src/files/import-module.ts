import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { dirname, extname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { DragonfabError, isDragonfabError, usageError } from '@dragonfab/core'
import { describeThrown, findSourcePosition, type Transform } from './load-errors.ts'

/**
 * Loads a module of the project once: TypeScript with jiti, everything else with Node. If it throws or does not parse, the usage error names
 * the place in the file.
 */
export async function importModule(file: string, directory: string): Promise<Readonly<Record<string, unknown>>> {
  const jiti = needsJiti(file)
  try {
    return jiti ? await importThroughJiti(file) : ((await import(pathToFileURL(file).href)) as Record<string, unknown>)
  } catch (error) {
    throw usageError(await describeThrown(error, file, directory, jiti ? await createTransform() : undefined))
  }
}

/** Adds the place in the project's code to an error that a hook or a task threw after the configuration was loaded. */
export async function locateError(error: unknown, directory: string): Promise<unknown> {
  if (!isDragonfabError(error)) return error
  const place = findSourcePosition(error, directory, /\.[cm]?ts:\d/.test(error.stack ?? '') ? await createTransform() : undefined)
  return place
    ? new DragonfabError(
        error.problems.map((each) => ({ ...each, message: `${place}: ${each.message}` })),
        error.status,
      )
    : error
}

/** The default export of a module, or the module if it has none. */
export function readDefault(module: Readonly<Record<string, unknown>>): unknown {
  return 'default' in module ? module.default : module
}

function needsJiti(file: string): boolean {
  const extension = extname(file)
  if (/^\.[cm]?ts$/.test(extension)) return true
  if (extension !== '.js' || detectsModules()) return false
  // Older versions of Node read a `.js` file without `"type": "module"` as CommonJS, whatever it contains.
  return packageType(dirname(file)) !== 'module' && /^\s*(import|export)\b/m.test(readFileSync(file, 'utf8'))
}

function detectsModules(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  return major > 22 || (major === 22 && minor >= 7) || (major === 20 && minor >= 19)
}

function packageType(directory: string): unknown {
  for (let folder = directory; ; folder = dirname(folder)) {
    const file = join(folder, 'package.json')
    if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { type?: unknown }).type
    if (dirname(folder) === folder) return undefined
  }
}

/** Uses `require`, because `import` would first parse this large CommonJS file to find its exports. */
function loadJiti(): typeof import('jiti') {
  return createRequire(import.meta.url)('jiti') as typeof import('jiti')
}

async function importThroughJiti(file: string): Promise<Readonly<Record<string, unknown>>> {
  const { createJiti } = loadJiti()
  const jiti = createJiti(file, { fsCache: cacheFolder(dirname(file)), alias: aliasOwnPackage(file) })
  return jiti.import<Record<string, unknown>>(file)
}

/** The same transformation with a source map. It is needed only after an error. */
async function createTransform(): Promise<Transform> {
  const { createJiti } = loadJiti()
  const jiti = createJiti(import.meta.url, { fsCache: false, sourceMaps: true })
  return (filename, source) => jiti.transform({ filename, source, ts: true, async: true })
}

/** Never the shared temporary folder: another user of the machine could put code there, and we would run it. */
function cacheFolder(directory: string): string {
  for (let folder = directory; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'node_modules'))) return join(folder, 'node_modules', '.cache', 'dragonfab')
    if (dirname(folder) === folder) break
  }
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'dragonfab', 'config')
}

/**
 * `import … from 'dragonfab'` also works if the project has no copy (a global installation): it gets the package of the program that runs.
 */
function aliasOwnPackage(file: string): Record<string, string> {
  const program = process.argv[1]
  try {
    createRequire(file).resolve('dragonfab')
    return {}
  } catch {
    return program === undefined ? {} : resolveOwn(program)
  }
}

function resolveOwn(program: string): Record<string, string> {
  try {
    return { dragonfab: createRequire(realpathSync(program)).resolve('dragonfab') }
  } catch {
    // Another program loads the configuration: a test, a dashboard.
    return {}
  }
}
