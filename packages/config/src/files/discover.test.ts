import { join } from 'node:path'
import { createTestFolder } from '@dragonfab/test-kit'
import { expect, test } from 'vitest'
import { discoverConfig } from './discover.ts'

test.each(['ts', 'mts', 'js', 'mjs', 'json', 'yml'])('dragonfab.config.%s, in a parent too', (extension) => {
  const root = createTestFolder({ [`dragonfab.config.${extension}`]: '', 'deploy.yml': '', 'a/b/c.txt': '' })
  const file = join(root, `dragonfab.config.${extension}`)
  expect(discoverConfig(root)).toMatchObject({ file, directory: root })
  expect(discoverConfig(join(root, 'a/b')).file).toBe(file)
})

test('else deploy.yml; the nearest folder counts', () => {
  const root = createTestFolder({ 'dragonfab.config.ts': '', 'a/deploy.yml': '', 'a/b/c.txt': '' })
  expect(discoverConfig(join(root, 'a/b'))).toEqual({ file: join(root, 'a/deploy.yml'), directory: join(root, 'a'), kind: 'deployfile' })
})

test('--config names one, of any name', () => {
  const root = createTestFolder({ 'a/dragonfab.config.yml': '', 'other.ts': '', 'shop.yml': '', 'x.txt': '' })
  expect(discoverConfig(join(root, 'a'), '../other.ts')).toMatchObject({
    file: join(root, 'other.ts'),
    directory: root,
    kind: 'typescript',
  })
  expect(discoverConfig(root, 'a/dragonfab.config.yml').kind).toBe('yaml')
  expect(discoverConfig(root, 'shop.yml').kind).toBe('deployfile')
  expect(() => discoverConfig(root, 'missing.ts')).toThrow('there is no such file')
  expect(() => discoverConfig(root, 'x.txt')).toThrow('this type of file is not supported')
})

test('two in one folder', () => {
  const root = createTestFolder({ 'dragonfab.config.ts': '', 'dragonfab.config.json': '' })
  expect(() => discoverConfig(root)).toThrow('two configurations in')
  expect(() => discoverConfig(root)).toThrow('dragonfab.config.json and dragonfab.config.ts')
})

test('none, and a name that is not read', () => {
  const refusal = (remedy: string) =>
    expect.objectContaining({ problems: [expect.objectContaining({ code: 'CONFIG_MISSING', remedy: expect.stringContaining(remedy) })] })
  expect(() => discoverConfig(createTestFolder({ 'a.txt': '' }))).toThrow(refusal('dragonfab new'))
  expect(() => discoverConfig(createTestFolder({ 'dragonfab.config.yaml': '' }))).toThrow(
    refusal('has a name that Dragonfab does not read'),
  )
})
