import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { workspaceRoot } from '@dragonfab/test-kit'
import { describe, expect, test } from 'vitest'
import { tables, withTables } from '../src/tables.ts'

const docs = join(workspaceRoot, 'docs')
const files = readdirSync(docs).filter((name) => name.endsWith('.md'))
const text = (file: string): string => readFileSync(join(docs, file), 'utf8')

describe('tables in docs/ are what the program declares', () => {
  // `npx vitest run tooling/docs -u` writes them anew.
  test.each(files)('%s', async (file) => {
    await expect(withTables(text(file))).toMatchFileSnapshot(join(docs, file))
  })

  test('every table stands somewhere, once', () => {
    const used = files.flatMap((file) => [...text(file).matchAll(/<!-- table: ([^>]+) -->/g)].map(([, name]) => name))
    expect(used.sort()).toEqual([...tables().keys()].sort())
  })
})
