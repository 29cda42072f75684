import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createPackedProject, type PackedProject } from '@dragonfab/test-kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { snippetsOf } from '../src/snippets.ts'

let project: PackedProject
const put = (name: string, text: string, mode = 0o644): void => {
  mkdirSync(dirname(join(project.directory, name)), { recursive: true })
  writeFileSync(join(project.directory, name), text, { mode })
}
const tsconfig = (moduleResolution: 'bundler' | 'nodenext', files: readonly string[]): string =>
  JSON.stringify({
    compilerOptions: {
      module: moduleResolution === 'bundler' ? 'esnext' : 'nodenext',
      moduleResolution,
      target: 'es2022',
      lib: ['es2023'],
      types: ['node'],
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      allowImportingTsExtensions: true,
      noEmit: true,
      skipLibCheck: true,
    },
    files,
  })

/** One installation for all: npm takes its time on a loaded machine. */
beforeAll(async () => {
  project = await createPackedProject('npm')
  put('package.json', '{ "name": "site", "version": "1.2.3", "private": true, "type": "module" }\n')
  const wanted = ['dragonfab', '@dragonfab/plugin-release', '@dragonfab/testing', 'typescript@5.9.3', '@types/node@20']
  const added = await project.add('-D', ...wanted)
  expect(added.status, added.stdout + added.stderr).toBe(0)
  for (const { info, text } of snippetsOf('docs/writing-a-plugin.md').filter(({ info }) => info.endsWith('.ts'))) put(info, text)
})
afterAll(() => project?.remove())

describe('a plugin of a third party, from docs/writing-a-plugin.md alone, with packed packages', () => {
  test.each(['bundler', 'nodenext'] as const)('has the right types under %s', async (resolution) => {
    put('tsconfig.json', tsconfig(resolution, ['dragonfab.config.ts', 'plugins/bundle.ts', 'plugins/bundle.test.ts']))
    const checked = await project.exec(['tsc', '-p', '.'])
    expect({ status: checked.status, stdout: checked.stdout }).toEqual({ status: 0, stdout: '' })
  })

  test('deploys', async () => {
    put('build', '#!/bin/sh\nset -e\nmkdir -p out\nfor each in $LANGUAGES; do echo "Hello in $each" >out/$each.html; done\n', 0o755)
    const deployed = await project.exec(['dragonfab', 'local', 'deploy'])
    expect(deployed, deployed.stdout + deployed.stderr).toMatchObject({ status: 0 })
    const live = (name: string): string => readFileSync(join(project.directory, '.deployed/current', name), 'utf8')
    expect([live('de.html'), live('VERSION')]).toEqual(['Hello in de\n', '1.2.3\n'])
    expect((await project.exec(['dragonfab', 'local', 'bundle.grep:Hello'])).stdout).toContain('Hello in de')
  })

  test('dragonfab new --plugin, and its test', async () => {
    const made = await project.exec(['dragonfab', 'new', '--plugin', 'assets'])
    expect(made.stdout).toContain('test it:  node --test plugins/assets.test.mjs')
    expect(made.stdout).not.toContain('install:')
    const tested = await project.exec([process.execPath, '--test', 'plugins/assets.test.mjs'])
    expect(tested, tested.stdout).toMatchObject({ status: 0 })
    expect(tested.stdout).toMatch(/^# pass 3$/m)
  })
})

test('tsc finds what is misspelt, at its place', async () => {
  const config = (body: string): string =>
    `import { defineConfig } from 'dragonfab'
import bundle from './plugins/bundle.ts'
export default defineConfig({
  appName: 'site',
  plugins: [bundle({ folder: 'out' })],
  environments: { local: { hosts: ['local'] } },
  ${body}
})
`
  const wrong = {
    'option.ts': config("bundle: { foldr: 'out' },"),
    'variable.ts': config('keepRelease: 3,'),
    'signal.ts': config("hooks: { 'deploy.updatd': ({ sh }) => sh`true` },"),
    'env.ts': config("hooks: { 'deploy.updated': ({ env, sh }) => sh`echo ${env.bundle.foldr}` },"),
    'given.ts': config('').replace("folder: 'out'", "foldr: 'out'"),
    'right.ts': config(
      "bundle: { folder: 'out' }, keepReleases: 3, hooks: { 'deploy.updated': ({ env, sh }) => sh`echo ${env.bundle.folder}` },",
    ),
  }
  for (const [name, text] of Object.entries(wrong)) put(name, text)
  put('tsconfig.json', tsconfig('nodenext', Object.keys(wrong)))
  const { status, stdout } = await project.exec(['tsc', '-p', '.', '--pretty', 'false'])
  expect(status).not.toBe(0)
  const found = stdout.split('\n').flatMap((line) => /^(\S+)\((\d+),\d+\): error TS\d+: (.*)/.exec(line)?.slice(1, 3).join(':') ?? [])
  expect([...new Set(found)].sort(), stdout).toEqual(['env.ts:7', 'given.ts:5', 'option.ts:7', 'signal.ts:7', 'variable.ts:7'])
  for (const each of ['foldr', 'keepRelease', 'deploy.updatd']) expect(stdout).toContain(`'${each}'`)
})
