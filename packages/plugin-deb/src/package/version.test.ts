import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareVersions } from './version.ts'

const order = ['0~rc1', '0', '1.0~rc1-1', '1.0~rc1', '1.0', '1.0-1', '1.0-1+b1', '1.0a', '1.0+b', '1.9', '1.10', '2', '10', '1:0.5', '2:0~']

test('sorts versions as dpkg does', () => {
  expect([...order].reverse().sort(compareVersions)).toEqual(['0~rc1', '0', '1.0~rc1', '1.0~rc1-1', ...order.slice(4)])
  expect(compareVersions('1.0', '1.0-0')).toBe(0)
  expect(compareVersions('1.01', '1.1')).toBe(0)
})

test('agrees with dpkg on random versions', () => {
  const piece = fc.stringMatching(/^[0-9][0-9A-Za-z.+~]{0,6}$/)
  const version = fc
    .tuple(fc.option(fc.nat({ max: 2 })), piece, fc.option(fc.stringMatching(/^[0-9A-Za-z.+~]{1,4}$/)))
    .map(([epoch, upstream, revision]) => `${epoch === null ? '' : `${epoch}:`}${upstream}${revision === null ? '' : `-${revision}`}`)
  const pairs = fc.sample(fc.tuple(version, version), 120).flatMap(
    ([one, other]) =>
      [
        [one, other],
        [one, `${one}~`],
        [other, `${other}0`],
      ] as const,
  )
  const text = pairs
    .map(
      ([one, other]) =>
        `dpkg --compare-versions '${one}' lt '${other}' && echo -1 || { dpkg --compare-versions '${one}' eq '${other}' && echo 0 || echo 1; }`,
    )
    .join('\n')
  const result = spawnSync('sh', { input: text, encoding: 'utf8' })
  const dpkgs = result.stdout.trim().split('\n').map(Number)
  expect(pairs.map(([one, other]) => [one, other, Math.sign(compareVersions(one, other))])).toEqual(
    pairs.map(([one, other], index) => [one, other, dpkgs[index]]),
  )
})
