import { type Lxc, runCommand, startLxc, waitUntil } from '@dragonfab/test-kit'
import { afterAll, beforeAll, expect, test } from 'vitest'

let lxc: Lxc
beforeAll(async () => {
  lxc = await startLxc()
})
afterAll(() => lxc?.stop())

test('a clone of vanilla gets an address of the own bridge, reaches the mirror, and leaves the machine its network', async () => {
  const machine = async () => (await runCommand(['ip', '-o', '-4', 'addr', 'show', 'scope', 'global'])).stdout
  const before = await machine()
  expect(await lxc.run('lxc-copy', '-s', '-B', 'overlay', '-n', lxc.template, '-N', 'one')).toMatchObject({ status: 0 })
  expect(await lxc.run('lxc-start', '-n', 'one')).toMatchObject({ status: 0 })
  const address = async () => (await lxc.run('lxc-info', '-n', 'one', '-iH')).stdout.trim()
  const got = await waitUntil('an address', address, 60_000)
  expect(got).toMatch(new RegExp(`^${lxc.address.replace(/\.1$/, '')}\\.\\d+$`))
  const updated = await lxc.attach('one', ['apt-get', 'update'])
  expect(updated.status, updated.stdout + updated.stderr).toBe(0)
  expect(updated.stdout).toContain('Get:1 ')
  expect(await machine()).toBe(before)
})

test('two at once have bridges of their own', async () => {
  const other = await startLxc()
  expect(other.bridge).not.toBe(lxc.bridge)
  expect((await other.run('lxc-ls', '-1')).stdout).toBe('vanilla\n')
  await other.stop()
  expect((await runCommand(['ip', 'link', 'show', other.bridge])).status).toBe(1)
})
