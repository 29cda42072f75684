import { expect, it } from 'vitest'
import { type Contender, interleave } from '../src/contender.ts'
import { spread } from '../src/statistics.ts'
import { table } from '../src/table.ts'

it('computes the median and the quartiles of measurements in any order', () => {
  expect(spread([5, 1, 3, 2, 4])).toEqual({ median: 3, low: 2, high: 4, count: 5 })
  expect(spread([1, 2])).toEqual({ median: 1.5, low: 1.25, high: 1.75, count: 2 })
  expect(spread([7])).toEqual({ median: 7, low: 7, high: 7, count: 1 })
})

it('lets contenders take turns, and starts each round with another one', async () => {
  const order: string[] = []
  const contender = (name: string): Contender => ({
    name,
    run: async () => {
      order.push(name)
      return { ms: order.length, cpuMs: 0 }
    },
  })
  const between = async () => void order.push('|')
  const efforts = await interleave([contender('a'), contender('b'), contender('c')], { rounds: 3, between })
  expect(order.join('')).toBe('|abc|bca|cab')
  expect(efforts.get('a')?.map(({ ms }) => ms)).toEqual([2, 8, 11])
})

it('shows a table that Markdown and people can read', () => {
  expect(
    table([
      ['who', 'ms'],
      ['a longer name', '1'],
    ]),
  ).toBe('| who           | ms |\n|---------------|----|\n| a longer name | 1  |')
})
