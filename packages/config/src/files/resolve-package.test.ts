import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { createTestFolder } from '@dragonfab/test-kit'
import { expect, test } from 'vitest'
import { resolvePackage } from './resolve-package.ts'

const project = (exports: unknown, more: object = {}) =>
  createTestFolder({
    'node_modules/one/package.json': JSON.stringify({ name: 'one', version: '1.0.0', exports, ...more }),
    ...Object.fromEntries(['a.js', 'b.js', 'lib/deploy.js', 'index.js'].map((file) => [`node_modules/one/${file}`, 'export default 1'])),
    'app/config.ts': '',
  })
const resolveIn = (root: string, entry?: string) =>
  resolvePackage('one', join(root, 'app'), entry)?.slice(root.length + '/node_modules/one/'.length)

test.each([
  ['a path', './a.js', 'a.js'],
  ['the first condition that fits, as it is written', { node: './b.js', import: './a.js' }, 'b.js'],
  ['the same in another order', { import: './a.js', node: './b.js' }, 'a.js'],
  ['conditions within conditions', { '.': { import: { types: './a.d.ts', default: './a.js' } } }, 'a.js'],
  ['the first of several that can be read', { '.': [{ unknown: './b.js' }, './a.js'] }, 'a.js'],
  ['only require', { require: './a.js' }, undefined],
])('the entry of a package: %s', (_, exports, expected) => {
  expect(resolveIn(project(exports))).toBe(expected)
})

test('a subpath: by name, by pattern, and none that is not exported', () => {
  expect(resolveIn(project({ '.': './index.js', './deploy': './lib/deploy.js' }), 'deploy')).toBe('lib/deploy.js')
  expect(resolveIn(project({ '.': './index.js', './*': './lib/*.js' }), 'deploy')).toBe('lib/deploy.js')
  expect(resolveIn(project({ import: './index.js' }), 'deploy')).toBeUndefined()
})

test('a package without exports, one that is linked, and one that NODE_PATH alone knows', () => {
  expect(resolveIn(project(undefined, { main: './a.js' }))).toBe('a.js')
  expect(resolveIn(project(undefined))).toBe('index.js')
  const root = createTestFolder({ 'store/one/package.json': '{"name":"one","main":"x.js"}', 'store/one/x.js': '', 'app/a.txt': '' })
  mkdirSync(join(root, 'node_modules'))
  symlinkSync(join(root, 'store/one'), join(root, 'node_modules/one'))
  expect(resolvePackage('one', join(root, 'app'))).toBe(join(root, 'store/one/x.js'))
  const { NODE_PATH } = process.env
  process.env.NODE_PATH = join(root, 'store')
  expect(resolvePackage('one', createTestFolder({ 'a.txt': '' }))).toBeUndefined()
  if (NODE_PATH === undefined) delete process.env.NODE_PATH
  else process.env.NODE_PATH = NODE_PATH
})
