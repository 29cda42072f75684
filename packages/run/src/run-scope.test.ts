import { expect, test } from 'vitest'
import { createRunScope } from './run-scope.ts'

test('a run makes a thing once, and again when it is forgotten or was rejected', async () => {
  const run = createRunScope()
  let made = 0
  const make = (): number => ++made
  expect([run.once('a', make), run.once('a', make), run.once('b', make)]).toEqual([1, 1, 2])
  run.forget('a')
  expect(run.once('a', make)).toBe(3)
  await expect(run.once('c', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await run.once('c', async () => 'yes')).toBe('yes')
  expect(createRunScope().once('a', () => 'another run')).toBe('another run')
})

test('a run without SSH says so', async () => {
  await expect(createRunScope().ssh({ host: 'build1' })).rejects.toThrow('build1 cannot be reached: this run has no SSH')
})
