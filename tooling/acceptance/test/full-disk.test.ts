import { randomBytes } from 'node:crypto'
import { chownSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { assertDeployment, checkDeployment, mustRun, observeDeployment, rounds } from '@dragonfab/test-kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { endOf } from '../src/events.ts'
import type { AcceptanceProject } from '../src/project.ts'
import { Tally } from '../src/tally.ts'
import { createStand, type TestStand } from '../src/test-stand.ts'
import { waitForQuietHost } from '../src/wait-for-quiet-host.ts'

/** INT-06: the disk of the host fills at a random byte. */
const fills = rounds({ quick: 4, long: 16 })
/** How many must fail for lack of space. */
const enough = fills * 0.5
const strategies = ['mirror', 'upload'] as const
const mounts: string[] = []
let on: TestStand

beforeAll(async () => {
  const content = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`data/${index}`, new Uint8Array(randomBytes(100_000))]))
  on = await createStand({ hosts: strategies.length, repository: { files: 50, content } })
})
afterAll(async () => {
  // Before all else is removed, and whoever may still stand in it.
  for (const path of mounts) await mustRun(['umount', '--lazy', path])
  await on?.stop()
})

const free = (path: string): number => {
  const { bsize, bavail } = statfsSync(path)
  return bsize * bavail
}

async function good(shop: AcceptanceProject): Promise<void> {
  const result = await shop.run(['production', 'deploy'])
  expect(result.status, result.stdout + result.stderr).toBe(0)
}

test(`${fills} times or more the disk fills: it is named, V holds, and the next one works when there is space`, {
  timeout: 600_000,
}, async () => {
  const tally = new Tally()
  await Promise.all(
    strategies.map(async (strategy, index) => {
      const host = on.cluster.hosts[index]
      if (!host) throw new Error('no host')
      const path = join(host.root, 'small')
      mkdirSync(path)
      await mustRun(['mount', '-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', path])
      mounts.push(path)
      chownSync(path, on.user.uid, on.user.gid)
      const git = { repo: on.url, branch: 'main', strategy }
      const shop = await on.app({ config: { git, keepReleases: 2, environments: { production: { hosts: [{ name: host.name, path }] } } } })
      await good(shop)
      const had = free(path)
      await good(shop)
      // While a release is sent, its archive lies beside it.
      const takes = (had - free(path)) * (strategy === 'upload' ? 2 : 1)
      const filler = join(path, 'filler')
      for (let count = index; count < fills || (count < fills * 3 && tally.countOf('full') < enough); count += strategies.length) {
        const before = observeDeployment(path)
        // Every second one where only little things are still to be written: marks, the link, the journal, the history.
        const late = strategy === 'mirror' && Math.floor(count / strategies.length) % 2 === 1
        const left = Math.floor(late ? takes - 30_000 + Math.random() * 40_000 : Math.random() * takes)
        writeFileSync(filler, Buffer.alloc(Math.max(0, free(path) - left)))
        const result = await shop.run(['production', 'deploy', '--json'])
        const said = JSON.stringify(endOf(result).problems, undefined, 1)
        tally.add(`${strategy}${late ? ' late' : ''} ${result.status}`)
        tally.add(result.status === 0 ? 'room enough' : 'full')
        if (result.status !== 0) expect(said, `${left} bytes left`).toMatch(/no space left on/i)
        await waitForQuietHost(host, path)
        const expected = { before, trees: on.trees, keep: 2, foreign: ['filler'], run: { status: result.status, done: 'new' } }
        expect(await checkDeployment(path, expected), `${left} of ${takes} bytes left\n${said}`).toEqual([])
        rmSync(filler)
        await good(shop)
        await waitForQuietHost(host, path)
        await assertDeployment(path, { trees: on.trees, settled: true })
      }
    }),
  )
  console.log(`INT-06: ${tally}`)
  expect(tally.countOf('full')).toBeGreaterThanOrEqual(enough)
})
