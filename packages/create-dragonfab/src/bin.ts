#!/usr/bin/env node
import { createInterface } from 'node:readline/promises'
import { isDragonfabError } from '@dragonfab/core'
import { createProject } from './create-project.ts'

const canAsk = process.stdin.isTTY === true && process.stderr.isTTY === true

/** Asks on stderr, so that stdout contains only the results. */
async function ask(question: string, yes: boolean): Promise<boolean> {
  if (yes) return true
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim())
  } finally {
    lines.close()
  }
}

const words = process.argv.slice(2)
if (words.some((word) => word === '--help' || word === '-h')) process.stdout.write('npm create dragonfab [dir] [-- --yes]\n')
else {
  try {
    process.exitCode = await createProject({
      cwd: process.cwd(),
      operands: words.filter((word) => word !== '--yes' && word !== '-y'),
      yes: words.includes('--yes') || words.includes('-y'),
      ask,
      canAsk,
      say: (line) => void process.stdout.write(`${line}\n`),
    })
  } catch (error) {
    if (!isDragonfabError(error)) throw error
    for (const { message, code, remedy } of error.problems) {
      process.stderr.write(`${message} [${code}]\n${remedy ? `  → ${remedy}\n` : ''}`)
    }
    process.exitCode = error.status
  }
}
