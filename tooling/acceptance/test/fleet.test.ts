import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectReleased } from '../src/expect-released.ts'
import { listMutations } from '../src/mutations.ts'
import { createStand, type TestStand } from '../src/test-stand.ts'

/** Thousands of files, with names that tools get wrong, on 1, 2 and 20 hosts. */
const files = 3000
let on: TestStand

beforeAll(async () => {
  on = await createStand({ hosts: 20, repository: { files, nasty: true, content: { 'config/app.ini': 'shipped\n' } } })
})
afterAll(() => on?.stop())

describe.each([1, 2, 20])('%i hosts', (count) => {
  test('have one release, right to the last file, mode and link', async () => {
    const config = { linkedFiles: ['config/app.ini', 'secrets/key'], linkedDirs: ['uploads', 'var/cache'] }
    const shop = await on.app({ name: `fleet-${count}`, hosts: count, config })
    const hosts = shop.hosts.slice(0, count)
    for (const { path } of hosts) await on.put(path, { 'shared/config/app.ini': 'of this host\n', 'shared/secrets/key': 'key\n' })
    const result = await shop.run(['production', 'deploy'])
    expect(result.status, result.stdout + result.stderr).toBe(0)
    const { first } = on.repository
    const tree = on.trees.get(first) ?? new Map()
    const linked = [...config.linkedFiles, ...config.linkedDirs]
    const ids = hosts.map(({ path }) => expectReleased(path, { commit: first, tree, linked }))
    expect(tree.size).toBeGreaterThan(files)
    expect(new Set(ids).size).toBe(1)
    expect(ids[0]).toMatch(/^\d{6}-\d{6}$/)
    console.log(`${count} hosts: ${tree.size} files in ${Math.round(result.ms)} ms`)
  })
})

test('the comparison sees one wrong byte, mode, link and name', async () => {
  const shop = await on.app({ name: 'fleet-1', hosts: 1 })
  const { first } = on.repository
  const tree = on.trees.get(first) ?? new Map()
  const path = shop.path('web1')
  const linked = ['config/app.ini', 'secrets/key', 'uploads', 'var/cache']
  const seen = listMutations(path).map(({ name, apply, revert }) => {
    apply()
    try {
      expectReleased(path, { commit: first, tree, linked })
      return `${name}: not seen`
    } catch {
      return `${name}: seen`
    } finally {
      revert()
    }
  })
  expect(seen).toEqual(['byte: seen', 'mode: seen', 'link: seen', 'name: seen', 'REVISION: seen'])
  expectReleased(path, { commit: first, tree, linked })
})
