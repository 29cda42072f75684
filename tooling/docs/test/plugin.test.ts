import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { assertDeployment, assertSucceeded, runCli } from '@dragonfab/test-kit'
import { afterAll, describe, expect, test } from 'vitest'
import { snippetsOf } from '../src/snippets.ts'
import { workplace } from '../src/workplace.ts'

const folder = workplace()
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const put = (name: string, text: string, mode = 0o644): void => {
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), text, { mode })
}
for (const { info, text } of snippetsOf('docs/writing-a-plugin.md').filter(({ info }) => info.endsWith('.ts'))) put(info, text)
put('package.json', '{ "name": "site", "version": "1.2.3", "type": "module" }\n')
const build =
  '#!/bin/sh\nset -e\nmkdir -p out\nfor each in $LANGUAGES; do echo "Hello in $each" >out/$each.html; done\necho built >>builds\n'
put('build', build, 0o755)

const run = (...args: string[]) => runCli(args, { cwd: folder })
const current = (name: string): string => readFileSync(join(folder, '.deployed/current', name), 'utf8')
const builds = (): number => readFileSync(join(folder, 'builds'), 'utf8').trim().split('\n').length

describe('the plugin of docs/writing-a-plugin.md', () => {
  test('is found, with all that it declares', async () => {
    const { stdout, status } = await run('help', 'bundle')
    expect(status).toBe(0)
    for (const each of ['bundle.command', 'bundle.folder', '--bundle-folder', 'languages', 'bundle.build', 'bundle.grep:text'])
      expect(stdout).toContain(each)
    expect((await run('local', 'env')).stdout).toMatch(/^keepReleases +3 +plugin bundle$/m)
  })

  test('its dry run builds nothing, and shows what would be sent', async () => {
    const { stdout, status } = await run('local', 'deploy', '--dry-run')
    expect(status).toBe(0)
    expect(stdout).toContain('# fact bundle.version = "1.2.3"')
    expect(stdout).toContain("LANGUAGES='en de'; export LANGUAGES; ./build")
    expect(stdout).toMatch(/code upload.*\n\{"from":"out","to":"[^"]*\/releases\/\d+-\d+","state":"[^"]+"\}/)
    expect(readdirSync(folder)).not.toContain('out')
    expect(existsSync(join(folder, '.deployed'))).toBe(false)
  })

  test('releases what was built, tells observers, and answers check and status', async () => {
    const { stderr, status } = await run('local', 'deploy')
    expect({ status, stderr }).toMatchObject({ status: 0 })
    expect(stderr).toContain('live on local')
    expect(current('en.html')).toBe('Hello in en\n')
    expect(current('de.html')).toBe('Hello in de\n')
    expect(current('VERSION')).toBe('1.2.3\n')
    expect(builds()).toBe(1)
    await assertDeployment(join(folder, '.deployed'), { settled: true })
    expect((await run('local', 'status')).stdout).toMatch(/^version +1\.2\.3$/m)
    assertSucceeded(await run('local', 'check'))
  })

  test('its tasks take arguments, flags and hostile values', async () => {
    expect((await run('local', 'bundle.grep:Hello')).stdout).toContain('Hello in de')
    const hostile = await run('local', "bundle.grep:x' /etc/passwd; echo 'hurt")
    expect(hostile.status).toBe(1)
    expect(hostile.stdout).not.toMatch(/^.*│ +hurt/m)
    assertSucceeded(await run('local', 'bundle.build'))
    expect(builds()).toBe(2)
  })

  test('what fails to build is no release; a rollback builds nothing', async () => {
    put('package.json', '{ "name": "site", "version": "1.2.4", "type": "module" }\n')
    assertSucceeded(await run('local', 'deploy'))
    put('build', '#!/bin/sh\necho "no such language" >&2\nexit 3\n', 0o755)
    const failed = await run('local', 'deploy')
    expect(failed.status).toBe(1)
    expect(failed.stderr).toContain('no such language')
    expect(current('VERSION')).toBe('1.2.4\n')
    assertSucceeded(await run('local', 'rollback'))
    expect(current('VERSION')).toBe('1.2.3\n')
    expect(builds()).toBe(3)
    await assertDeployment(join(folder, '.deployed'), { settled: true })
  })
})
