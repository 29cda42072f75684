import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { hide, reveal, sh } from '@dragonfab/core'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { promptContext } from './prompt.ts'
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
  expect(() => reveal(made)).toThrow('the environment variable CAVE, which should contain a secret, is not set')
  vi.stubEnv('CAVE', '')
  expect(() => reveal(made)).toThrow('is empty')
  vi.stubEnv('CAVE', 'open sesame')
  expect(reveal(made)).toBe('open sesame')
  vi.unstubAllEnvs()
  expect(reveal(hide('plain'))).toBe('plain')
})

describe('a file', () => {
  test('is read when it is needed, from the config’s folder, without the newline at its end', () => {
    const directory = mkdtempSync(join(tmpdir(), 'dragonfab-secret-'))
    promptContext().directory = directory
    onTestFinished(() => {
      rmSync(directory, { recursive: true })
      promptContext().directory = undefined
    })
    const made = secret.file('key')
    expect(() => reveal(made)).toThrow(`the file ${join(directory, 'key')}, which should contain a secret, cannot be read`)
    writeFileSync(join(directory, 'key'), 'two\nlines\n')
    expect(reveal(made)).toBe('two\nlines')
    writeFileSync(join(directory, 'key'), '\n')
    expect(() => reveal(made)).toThrow('is empty')
  })
})

describe('a command', () => {
  test('runs once, and only when its secret is needed', () => {
    const directory = mkdtempSync(join(tmpdir(), 'dragonfab-secret-'))
    promptContext().directory = directory
    onTestFinished(() => {
      rmSync(directory, { recursive: true })
      promptContext().directory = undefined
    })
    const [first, second] = [secret.command('echo x >>ran; echo sesame'), secret.command('echo x >>ran; echo sesame')]
    expect(existsSync(join(directory, 'ran'))).toBe(false)
    expect([reveal(first), reveal(second)]).toEqual(['sesame', 'sesame'])
    expect(readFileSync(join(directory, 'ran'), 'utf8')).toBe('x\n')
  })

  test.each([
    ['echo sesame; exit 3', 'it ended with status 3'],
    ['true', 'it printed nothing'],
    ['kill -9 $$', 'it was ended by SIGKILL'],
  ])('that fails is named, and not what it printed: %s', (text, reason) => {
    expect(() => reveal(secret.command(text))).toThrow(`the command \`${text}\` should print a secret: ${reason}`)
  })
})

test('a prompt without a terminal', () => {
  expect(() => reveal(secret.prompt('Password of the API:'))).toThrow('must be typed at a terminal, and there is none')
})
