// count.mjs CHECKS TESTS: prints the sum of all checks and tests, as the last line of .ci/run.
import { readJson } from './lib/root.mjs'

const [checks, tests] = process.argv.slice(2).map((file) => {
  try {
    return readJson(file)
  } catch {
    // A run that ended without results counts as a failure.
    return undefined
  }
})
let passed = 0
let failed = 0
passed += checks?.passed ?? 0
failed += checks?.failed ?? 1
passed += tests?.numPassedTests ?? 0
failed += tests ? tests.numFailedTests + tests.numPendingTests + tests.numTodoTests + filesThatDidNotRun(tests) : 1
if (tests?.numPassedTests === 0) failed++
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 && passed > 0 ? 0 : 1)

function filesThatDidNotRun(results) {
  return results.testResults.filter((file) => file.status === 'failed' && file.assertionResults.every((one) => one.status !== 'failed'))
    .length
}
