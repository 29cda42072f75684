// Runs unit and integration tests against real servers. `--long` injects as many random faults as before a release. `--slowest N`
// lists the N files that took longest. Further arguments go to vitest: npm test -- packages/core
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readJson, root, run } from './lib/root.mjs'

const args = process.argv.slice(2)
const counts = take('--counts', 2)
const long = take('--long', 1) !== undefined
const slowest = take('--slowest', 2) ?? '10'
const own = mkdtempSync(join(tmpdir(), 'dragonfab-results-'))
const file = counts ?? join(own, 'results.json')

const reporters = ['default', 'json', './tooling/workspace/slowest.mjs'].map((name) => `--reporter=${name}`)
const vitest = join(root, 'node_modules/vitest/vitest.mjs')
const { status } = await run([process.execPath, vitest, 'run', ...reporters, `--outputFile.json=${file}`, ...args], {
  show: true,
  env: { DRAGONFAB_TEST_SLOWEST: slowest, DRAGONFAB_TEST_LONG: long ? '1' : '' },
})
const result = readResult()
rmSync(own, { recursive: true })
if (!result) {
  console.error('test: vitest wrote no results')
  process.exit(1)
}
const skipped = result.numPendingTests + result.numTodoTests
console.log(
  `\ntest: ${result.numPassedTests} passed, ${result.numFailedTests} failed, ${skipped} skipped, in ${result.testResults.length} files`,
)
for (const broken of result.testResults.filter((one) => one.status === 'failed' && one.assertionResults.length === 0))
  console.error(`test: ${broken.name} did not run: ${broken.message}`)
if (skipped > 0) console.error('test: skipped tests count as failures')
if (result.numPassedTests === 0) console.error('test: no test ran')
process.exit(status !== 0 || skipped > 0 || result.numPassedTests === 0 ? 1 : 0)

/** Removes an option from the arguments and returns its last value. */
function take(name, words) {
  const at = args.indexOf(name)
  return at < 0 ? undefined : args.splice(at, words).at(-1)
}

function readResult() {
  try {
    return readJson(file)
  } catch {
    return undefined
  }
}
