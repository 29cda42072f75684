// A reporter for vitest that lists the slowest files of a run. `npm test -- --slowest 300` lists all files.
import { relative } from 'node:path'
import { root } from './lib/root.mjs'

const count = Number(process.env.DRAGONFAB_TEST_SLOWEST ?? 10)

export default class Slowest {
  onTestRunEnd(modules) {
    // A list is useful only for many files.
    if (modules.length > 10) console.log(`\nThe slowest files, in seconds with their hooks and imports:\n${slowest(modules).join('\n')}`)
  }
}

/** A line for each of the slowest files, with its slowest test. */
export function slowest(modules) {
  return modules
    .map((module) => ({ module, ms: duration(module) }))
    .sort((one, other) => other.ms - one.ms)
    .slice(0, count)
    .map(({ module, ms }) => {
      const tests = [...module.children.allTests()].map((test) => ({ name: test.name, ms: test.diagnostic()?.duration ?? 0 }))
      const [most] = tests.sort((one, other) => other.ms - one.ms)
      return `${seconds(ms)}  ${relative(root, module.moduleId)}${most ? ` (${seconds(most.ms).trim()}: ${most.name.slice(0, 60)})` : ''}`
    })
}

function duration(module) {
  const { collectDuration, duration, prepareDuration, setupDuration } = module.diagnostic()
  return collectDuration + duration + prepareDuration + setupDuration
}

const seconds = (ms) => (ms / 1000).toFixed(1).padStart(7)
