import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { workspaceRoot } from '@dragonfab/test-kit'
import { expect, test } from 'vitest'
import { codesInSources } from '../src/codes.ts'

/** Codes stand in the first column of a table, in backquotes. */
const documented = readFileSync(join(workspaceRoot, 'docs/errors.md'), 'utf8')
  .split('\n')
  .flatMap((line) => [...(/^\| (.*?) \|/.exec(line)?.[1] ?? '').matchAll(/`([A-Z][A-Z0-9_]*)`/g)].map(([, code = '']) => code))

test('every error code of the sources stands in docs/errors.md, and no other', () => {
  const codes = codesInSources()
  expect(codes.size).toBeGreaterThan(100)
  const missing = [...codes].filter(([code]) => !documented.includes(code)).map(([code, files]) => `${code} (${files.join(', ')})`)
  expect({ missing, gone: documented.filter((code) => !codes.has(code)) }).toEqual({ missing: [], gone: [] })
})

test('no code stands there twice', () => {
  expect(documented.filter((code, index) => documented.indexOf(code) !== index)).toEqual([])
})
