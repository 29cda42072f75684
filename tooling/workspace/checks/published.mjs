// published.mjs types|manifest FILE...: lints all tarballs in one process, so that TypeScript and its libraries are loaded once and not for each.
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { problemKindInfo } from '@arethetypeswrong/core/problems'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'

/** Ways to import that cannot load an ES module. These packages do not support them (the profile `esm-only` of attw's command line). */
const others = ['node10', 'node16-cjs']

/** Finds imports of a package that have no types or the wrong types. */
export async function typeProblems(files) {
  const problems = []
  for (const file of files) {
    const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(file))))
    if (!analysis.types) problems.push(`${basename(file)}: has no types`)
    for (const problem of analysis.problems ?? []) {
      if (others.includes(problem.resolutionKind)) continue
      const { kind, trace: _, ...where } = problem
      problems.push(`${basename(file)}: ${problemKindInfo[kind].title}: ${JSON.stringify(where)}`)
    }
  }
  return problems
}

/** The messages of publint about a manifest. Its warnings count as errors. */
export async function manifestProblems(files) {
  const problems = []
  for (const file of files) {
    const bytes = readFileSync(file)
    const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
    const { messages, pkg } = await publint({ pack: { tarball }, strict: true, level: 'warning' })
    for (const message of messages) problems.push(`${basename(file)}: ${formatMessage(message, pkg, { color: false })}`)
  }
  return problems
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [what, ...files] = process.argv.slice(2)
  const problems = await (what === 'types' ? typeProblems : manifestProblems)(files)
  for (const problem of problems) console.log(problem)
  process.exit(problems.length === 0 ? 0 : 1)
}
