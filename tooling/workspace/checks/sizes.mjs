import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import ts from 'typescript'
import { publishable, readJson, root } from '../lib/root.mjs'

/** Compares the size of each package's code with its limit in sizes.json, so that packages do not grow unnoticed. */
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
  const core = join(root, 'packages/core')
  const lines = readdirSync(join(core, 'src'), { recursive: true })
    .filter((name) => /(?<!\.test)\.ts$/.test(name))
    .reduce((sum, name) => sum + codeLines(readFileSync(join(core, 'src', name), 'utf8')), 0)
  if (lines > coreLines) problems.push(`@dragonfab/core has ${lines} lines of code, more than its ${coreLines} (${import.meta.filename})`)
  const needs = Object.keys(readJson(join(core, 'package.json')).dependencies)
  if (needs.join() !== 'mitt') problems.push(`@dragonfab/core depends on ${needs.join(', ')}, but may depend only on mitt`)
  return problems
}

/** Core has a limit because every plugin author reads it. */
const coreLines = 1720

/** The number of lines with code: not blank, and not only a comment. */
export function codeLines(text) {
  const file = ts.createSourceFile('x.ts', text, ts.ScriptTarget.Latest, true)
  const lines = new Set()
  const visit = (node) => {
    if (ts.isJSDoc(node)) return
    const children = node.getChildren(file)
    if (children.length === 0 && node.getWidth(file) > 0) {
      const [first, last] = [node.getStart(file), node.end].map((at) => file.getLineAndCharacterOfPosition(at).line)
      for (let line = first; line <= last; line++) lines.add(line)
    }
    for (const child of children) visit(child)
  }
  visit(file)
  return lines.size
}
