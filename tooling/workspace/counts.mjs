// counts.mjs [--json]: the size of the code base, and where it breaks its own rules. `counts.mjs NAME` lists the items of a count.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import ts from 'typescript'
import { codeLines } from './checks/sizes.mjs'
import { root } from './lib/root.mjs'

/** Packages in which a type name must be unique. Each plugin is its own family. */
const engine = ['core', 'plan', 'run', 'ssh', 'upload', 'config', 'cli', 'legacy', 'create-dragonfab', 'testing']
const entryPoints = new Set(['index.ts', 'bin.ts'])

/** Whether programs or other packages load a file directly. */
function isEntryPoint({ package: name, path }) {
  const { exports = {} } = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'))
  return entryPoints.has(basename(path)) || JSON.stringify(exports).includes(`./src/${basename(path)}"`)
}

/** The source files of all packages, parsed. */
export function sources(base = root) {
  const packages = join(base, 'packages')
  return readdirSync(packages).flatMap((name) => {
    const folder = join(packages, name, 'src')
    if (!existsSync(folder)) return []
    return readdirSync(folder, { recursive: true })
      .filter((file) => /\.ts$/.test(file) && !/\.test\.ts$/.test(file))
      .map((file) => {
        const path = join(folder, file)
        const text = readFileSync(path, 'utf8')
        return {
          package: name,
          path,
          place: relative(base, path),
          text,
          tree: ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true),
        }
      })
  })
}

const lineCount = ({ text }) => text.split('\n').length - 1

/** Types that are declared more than once in a family: `Place: run/src/part.ts, run/src/thrown.ts`. */
export function duplicateTypes(files) {
  const byFamily = new Map()
  for (const { package: name, place, tree } of files) {
    const family = engine.includes(name) ? 'engine' : name
    const visit = (node) => {
      if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isClassDeclaration(node)) {
        const key = `${family} ${node.name?.text}`
        byFamily.set(key, [...(byFamily.get(key) ?? []), place])
      }
      ts.forEachChild(node, visit)
    }
    visit(tree)
  }
  return [...byFamily].filter(([, places]) => places.length > 1).map(([key, places]) => `${key}: ${places.join(', ')}`)
}

/** What a package exports, by name. */
function exportsOf(name) {
  const entry = join(root, 'packages', name, 'src/index.ts')
  const { compilerOptions } = JSON.parse(readFileSync(join(root, 'tsconfig.base.json'), 'utf8'))
  const program = ts.createProgram([entry], ts.convertCompilerOptionsFromJson(compilerOptions, root).options)
  const checker = program.getTypeChecker()
  return checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(entry))).map((symbol) => symbol.name)
}

/** Gzipped bytes of the JavaScript that a package ships. */
function shippedBytes(name) {
  const folder = join(root, 'packages', name, 'dist')
  if (!existsSync(folder)) return undefined
  const code = readdirSync(folder, { recursive: true }).filter((file) => file.endsWith('.js'))
  return code.reduce((sum, file) => sum + gzipSync(readFileSync(join(folder, file))).length, 0)
}

const counts = {
  'lines of code of core': (files) => files.filter((file) => file.package === 'core').reduce((sum, file) => sum + codeLines(file.text), 0),
  'bytes of core, gzipped as shipped': () => shippedBytes('core'),
  'exported names of core': () => exportsOf('core'),
  'source files': (files) => files.length,
  'files under 20 lines': (files) =>
    files.filter((file) => lineCount(file) < 20 && !isEntryPoint(file)).map((file) => `${file.place} ${lineCount(file)}`),
  'files over 200 lines': (files) => files.filter((file) => lineCount(file) > 200).map((file) => `${file.place} ${lineCount(file)}`),
  'types declared twice': duplicateTypes,
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = sources()
  const [wanted] = process.argv.slice(2).filter((word) => word !== '--json')
  const rows = Object.entries(counts).map(([name, count]) => [name, count(files)])
  const number = (value) => (Array.isArray(value) ? value.length : value)
  if (wanted) for (const line of [rows.find(([name]) => name === wanted)?.[1] ?? []].flat()) console.log(line)
  else if (process.argv.includes('--json'))
    console.log(JSON.stringify(Object.fromEntries(rows.map(([name, value]) => [name, number(value)])), null, 2))
  else for (const [name, value] of rows) console.log(`${String(number(value) ?? 'not built').padStart(8)}  ${name}`)
}
