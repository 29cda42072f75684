import { inspect } from 'node:util'
import { hide, reveal, sh } from '@dragonfab/core'
import { expect, test, vi } from 'vitest'
import { secret } from './secret.ts'

test('a secret shows nowhere', () => {
  const made = secret('open sesame', 'the cave')
  expect(`${made} ${JSON.stringify({ made })} ${inspect(made)} ${sh`echo ${made}`}`).not.toContain('sesame')
  expect(made.label).toBe('the cave')
  expect(reveal(made)).toBe('open sesame')
})

test('one of the environment is looked up when it is needed, and named when it is not there', () => {
  vi.stubEnv('CAVE', undefined)
  const made = secret.env('CAVE')
  expect(`${made}`).toBe('[secret]')
  expect(() => reveal(made)).toThrow('the environment variable CAVE holds a secret and is not set')
  vi.stubEnv('CAVE', '')
  expect(() => reveal(made)).toThrow('is empty')
  vi.stubEnv('CAVE', 'open sesame')
  expect(reveal(made)).toBe('open sesame')
  vi.unstubAllEnvs()
  expect(reveal(hide('plain'))).toBe('plain')
})
