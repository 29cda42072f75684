import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const handoverMark = Symbol.for('dragonfab.handedOver')

/** The program of the `dragonfab` that is installed for a folder, if it is not this one. Control is passed on only once. */
export function findProjectCli(directory: string): string | undefined {
  const global = globalThis as { [handoverMark]?: true }
  if (global[handoverMark]) return undefined
  global[handoverMark] = true
  for (let folder = directory; ; folder = dirname(folder)) {
    const root = join(folder, 'node_modules', 'dragonfab')
    const manifest = join(root, 'package.json')
    if (existsSync(manifest)) {
      const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin?: string | Record<string, string> }
      const program = typeof bin === 'string' ? bin : bin?.dragonfab
      if (!program || realpathSync(root) === realpathSync(ownRoot)) return undefined
      const file = join(root, program)
      return existsSync(file) ? pathToFileURL(file).href : undefined
    }
    if (dirname(folder) === folder) return undefined
  }
}

/** `..` is the root of the package from both `dist` and `src`. */
const ownRoot = fileURLToPath(new URL('..', import.meta.url))
