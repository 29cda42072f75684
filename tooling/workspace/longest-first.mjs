// longest-first.mjs RESULTS.json: records in durations.json how long each file of that run took (`npm test -- --counts FILE` writes the results).
// vitest asks this module for the order of test files.
import { readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BaseSequencer } from 'vitest/node'
import { root } from './lib/root.mjs'

const table = join(root, 'tooling/workspace/durations.json')
/** Files that take less than this many seconds run at the end, in any order. */
const least = 10

/**
 * Starts the longest files first: if the longest file started last, the whole run would wait for it. vitest knows durations of earlier runs
 * only from its cache, which a new clone does not have.
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
