import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { workspaceRoot } from '@dragonfab/test-kit'
import { beforeAll, describe, expect, test } from 'vitest'
import { otherPlugins } from '../src/plugins.ts'
import { tables, withTables } from '../src/tables.ts'

const inFolder = (folder: string): readonly string[] =>
  readdirSync(join(workspaceRoot, folder)).flatMap((name) => (name.endsWith('.md') ? [join(folder, name)] : []))
const readmes = readdirSync(join(workspaceRoot, 'packages')).map((name) => join('packages', name, 'README.md'))
const files = [...inFolder('docs'), ...readmes.filter((name) => existsSync(join(workspaceRoot, name)))]
const text = (file: string): string => readFileSync(join(workspaceRoot, file), 'utf8')

let others: Awaited<ReturnType<typeof otherPlugins>>
beforeAll(async () => {
  others = await otherPlugins()
})

describe('tables in the documentation are what the program declares', () => {
  // `npx vitest run tooling/docs -u` writes them anew.
  test.each(files)('%s', async (file) => {
    await expect(withTables(text(file), others)).toMatchFileSnapshot(join(workspaceRoot, file))
  })

  test('every table stands somewhere, once', () => {
    const used = files.flatMap((file) => [...text(file).matchAll(/<!-- table: ([^>]+) -->/g)].map(([, name]) => name))
    expect(used.sort()).toEqual([...tables(others).keys()].sort())
  })
})
