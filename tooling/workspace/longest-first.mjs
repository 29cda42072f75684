// longest-first.mjs RESULTS.json: notes in durations.json how long each file of that run took (`npm test -- --counts FILE` writes the results).
// vitest asks this module for the order of test files.
import { readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BaseSequencer } from 'vitest/node'
import { root } from './lib/root.mjs'

const table = join(root, 'tooling/workspace/durations.json')
/** Files that take less than this many seconds fill what is left at the end, in any order. */
const least = 10

/**
 * The longest files begin first: a run whose longest file begins last waits for that one alone. vitest knows durations of earlier runs by its
 * own cache only, which a fresh clone has not.
 */
export default class LongestFirst extends BaseSequencer {
  async sort(files) {
    const seconds = JSON.parse(readFileSync(table, 'utf8'))
    const group = (spec) => spec.project.config.sequence.groupOrder
    const length = (spec) => seconds[relative(root, spec.moduleId)] ?? 0
    return (await super.sort(files)).sort((one, other) => group(one) - group(other) || length(other) - length(one))
  }
}

/** Seconds of each long file, the longest first, from vitest's JSON. */
export function durations({ testResults }) {
  const files = testResults.map(({ name, startTime, endTime }) => [relative(root, name), Math.round((endTime - startTime) / 1000)])
  return Object.fromEntries(files.filter(([, seconds]) => seconds >= least).sort(([, one], [, other]) => other - one))
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(table, `${JSON.stringify(durations(JSON.parse(readFileSync(process.argv[2], 'utf8'))), null, 2)}\n`)
