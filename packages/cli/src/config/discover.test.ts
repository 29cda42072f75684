import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folder } from '../../test/folder.ts'
import { discover } from './discover.ts'

test.each(['ts', 'mts', 'js', 'mjs', 'json', 'yml'])('dragonfab.config.%s, in a parent too', (extension) => {
  const root = folder({ [`dragonfab.config.${extension}`]: '', 'deploy.yml': '', 'a/b/c.txt': '' })
  const file = join(root, `dragonfab.config.${extension}`)
  expect(discover(root)).toMatchObject({ file, directory: root })
  expect(discover(join(root, 'a/b')).file).toBe(file)
})

test('else deploy.yml; the nearest folder counts', () => {
  const root = folder({ 'dragonfab.config.ts': '', 'a/deploy.yml': '', 'a/b/c.txt': '' })
  expect(discover(join(root, 'a/b'))).toEqual({ file: join(root, 'a/deploy.yml'), directory: join(root, 'a'), kind: 'deployfile' })
})

test('--config names one, of any name', () => {
  const root = folder({ 'a/dragonfab.config.yml': '', 'other.ts': '', 'shop.yml': '', 'x.txt': '' })
  expect(discover(join(root, 'a'), '../other.ts')).toMatchObject({ file: join(root, 'other.ts'), directory: root, kind: 'typescript' })
  expect(discover(root, 'a/dragonfab.config.yml').kind).toBe('yaml')
  expect(discover(root, 'shop.yml').kind).toBe('deployfile')
  expect(() => discover(root, 'missing.ts')).toThrow('there is no such file')
  expect(() => discover(root, 'x.txt')).toThrow('not a file of a known kind')
})

test('two in one folder', () => {
  const root = folder({ 'dragonfab.config.ts': '', 'dragonfab.config.json': '' })
  expect(() => discover(root)).toThrow('two configurations in')
  expect(() => discover(root)).toThrow('dragonfab.config.json and dragonfab.config.ts')
})

test('none, and a name that is not read', () => {
  expect(() => discover(folder({ 'a.txt': '' }))).toThrow('dragonfab new')
  expect(() => discover(folder({ 'dragonfab.config.yaml': '' }))).toThrow('has a name that is not read')
})
