import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTestProject, runCommand, takeSnapshot } from '@dragonfab/test-kit'
import { describe, expect, test } from 'vitest'

describe('dragonfab new --plugin', () => {
  test('writes a plugin and a test, which pass and fail where they should', async () => {
    const { directory, run } = createTestProject({})
    const made = await run(['new', '--plugin', 'webpack'])
    expect(made, made.stderr).toMatchObject({ status: 0, stderr: '' })
    expect(made.stdout).toBe(`wrote plugins/webpack.ts
wrote plugins/webpack.test.mjs

test it:  node --test plugins/webpack.test.mjs
use it:   import webpack from './plugins/webpack.ts' and plugins: [webpack()] in dragonfab.config.ts
`)
    const outside = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(VITEST|NODE_)/.test(name)))
    const tested = () => runCommand([process.execPath, '--test', 'plugins/webpack.test.mjs'], { cwd: directory, env: outside })
    const passed = await tested()
    expect(passed, passed.stdout).toMatchObject({ status: 0 })
    expect(passed.stdout).toMatch(/^# pass 3$/m)

    // The test sees a plugin that does not do what it should.
    const file = join(directory, 'plugins/webpack.ts')
    writeFileSync(file, readFileSync(file, 'utf8').replace('env.releasePath)', '`${env.path}/elsewhere`)'))
    expect((await tested()).stdout).toMatch(/^# fail 1$/m)
  })

  test('in a folder, with what has to be installed', async () => {
    const { run } = createTestProject({ 'pnpm-lock.yaml': '' }, ['testing'])
    const made = await run(['new', '--plugin', 'assets', 'site'])
    expect(made.stdout).toContain('wrote site/plugins/assets.ts\n')
    expect(made.stdout).toMatch(/^install: {2}cd site && \S+ \S+ -D @dragonfab\/testing$/m)
    expect(made.stdout).toContain('cd site && node --test plugins/assets.test.mjs\n')
  })

  test.each(['plugins/webpack.ts', 'plugins/webpack.test.mjs'])('never overwrites %s', async (name) => {
    const { directory, run } = createTestProject({ [name]: 'mine' })
    const before = takeSnapshot(directory)
    const result = await run(['new', '--plugin', 'webpack'])
    expect(result.status).toBe(2)
    expect(result.stderr).toContain(`${name} already exists, and new never overwrites`)
    expect(takeSnapshot(directory)).toEqual(before)
  })

  test.each([
    ['../evil', 'one word of letters and digits'],
    ["x'; rm", 'one word of letters and digits'],
    ['Webpack', 'one word of letters and digits'],
    ['git', '@dragonfab/plugin-git already has this name'],
    ['default', 'a reserved word in TypeScript'],
    ['path', 'path'],
    ['vars', 'vars'],
  ])('refuses the name %s', async (name, why) => {
    const { directory, run } = createTestProject({})
    const before = takeSnapshot(directory)
    const result = await run(['new', '--plugin', name])
    expect(result, result.stderr).toMatchObject({ status: 2, stdout: '' })
    expect(result.stderr).toContain(why)
    expect(result.stderr).toContain('[BAD_NAME]')
    expect(takeSnapshot(directory)).toEqual(before)
  })
})
