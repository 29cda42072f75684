// All checks that do not run the program: types, style, published packages, unused code.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { changesets } from './checks/changesets.mjs'
import { commits } from './checks/commits.mjs'
import { places } from './checks/places.mjs'
import { shellFunctions } from './checks/shell-functions.mjs'
import { sizes } from './checks/sizes.mjs'
import { sameBytes, tarballs } from './checks/tarballs.mjs'
import { each, root, run } from './lib/root.mjs'
import { packOnce } from './pack.mjs'

const args = process.argv.slice(2)
const at = args.indexOf('--counts')
const counts = at < 0 ? undefined : args[at + 1]
const bin = (name) => join(root, 'node_modules/.bin', name)
const directory = mkdtempSync(join(tmpdir(), 'dragonfab-check-'))
let packed
let packFailure = ''
try {
  packed = await packOnce()
} catch (error) {
  packFailure = error.message
}

const command =
  (...argv) =>
  async () => {
    const { status, output } = await run(argv)
    return status === 0 ? [] : [output.trimEnd() || `${argv.join(' ')}: exit status ${status}`]
  }
const onTarballs = (work) => async () => (packed ? work(packed) : [`nothing was packed\n${packFailure}`])
const published = (what) =>
  onTarballs((files) => command(process.execPath, join(root, 'tooling/workspace/checks/published.mjs'), what, ...files)())

const checks = {
  // They take longest, so they start first.
  'what is published: types resolve': published('types'),
  // One TypeScript program for all packages: otherwise each package would read core and its dependencies again.
  'types of all packages': command(bin('tsc'), '-p', root),
  'lint and format': command(bin('biome'), 'ci', '--error-on-warnings', '.'),
  'which file imports which': command(bin('depcruise'), '--config', '.dependency-cruiser.mjs', 'packages'),
  'unused files, exports and dependencies': command(bin('knip'), '--no-progress'),
  'what is published: publint': published('manifest'),
  'what is published: contents and manifest': onTarballs(tarballs),
  'what is published: same bytes twice': onTarballs((files) => sameBytes(files, join(directory, 'again'))),
  'sizes of bundles': sizes,
  changesets: changesets,
  'commit messages': commits,
  'no step defines a shell function that could be declared once': shellFunctions,
  'no file names the place where it was written': places,
}

const results = await each(Object.entries(checks), 2, async ([name, check]) => {
  const started = performance.now()
  const problems = await check().catch((error) => [error.stack])
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`${problems.length === 0 ? '✓' : '✗'} ${name} (${seconds} s)`)
  for (const problem of problems) console.log(problem.replace(/^/gm, '    '))
  return problems.length === 0
})
rmSync(directory, { recursive: true })
const failed = results.filter((passed) => !passed).length
console.log(`\ncheck: ${results.length - failed} passed, ${failed} failed`)
if (counts) writeFileSync(counts, JSON.stringify({ passed: results.length - failed, failed }))
process.exit(failed === 0 ? 0 : 1)
