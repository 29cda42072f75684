import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { assertSucceeded, runCli } from '@dragonfab/test-kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { moduleOf, snippetsOf } from '../src/snippets.ts'
import { workplace } from '../src/workplace.ts'

const folder = workplace()
const token = "c4n4ry it's-a-token"
const env = { API_TOKEN: token, PATH: `${folder}:${process.env.PATH}` }
const run = (...args: string[]) => runCli(args, { cwd: folder, env })

beforeAll(() => {
  const snippet = snippetsOf('docs/security.md').find(({ info, text }) => info === 'config' && text.includes('apiToken'))
  if (!snippet) throw new Error('docs/security.md has lost its example')
  // On this machine, without a repository, and with a hook that prints what it should not.
  const text = moduleOf(snippet)
    .text.replace(/git\(\{ repo: [^}]*\}\)/, 'release()')
    .replace('@dragonfab/plugin-git', '@dragonfab/plugin-release')
    .replace('import git', 'import release')
    .replace(
      'hooks: {',
      "environments: { local: { hosts: ['local'], path: './.deployed' } },\nhooks: {\n'deploy.updated': ({ env, sh }) => sh`echo leak ${env.vars.apiToken}`,",
    )
  writeFileSync(join(folder, 'dragonfab.config.ts'), text)
  // What stands for curl keeps its arguments, its input, and who could see what.
  writeFileSync(
    join(folder, 'curl'),
    `#!/bin/sh\nprintf '%s\\n' "$@" >${folder}/arguments\ncat >${folder}/input\nfor each in /proc/[0-9]*/cmdline; do tr '\\0' ' ' <"$each"; echo; done >${folder}/all 2>/dev/null\n`,
  )
  chmodSync(join(folder, 'curl'), 0o755)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const read = (name: string): string => readFileSync(join(folder, name), 'utf8')

describe('the example of docs/security.md keeps its secret', () => {
  test('out of the dry run and of saved plans', async () => {
    const dry = await run('local', 'deploy', '--dry-run')
    expect({ status: dry.status, shown: dry.stdout.includes('c4n4ry') }).toEqual({ status: 0, shown: false })
    expect(dry.stdout).toContain('echo leak "$DF_S')
    assertSucceeded(await run('local', 'deploy', '--plan-out', 'plan.json'))
    expect(read('plan.json')).not.toContain('c4n4ry')
    expect(statSync(join(folder, 'plan.json')).mode & 0o777).toBe(0o600)
  })

  test('out of all output, every command line and every file but .env', async () => {
    const { status, stdout, stderr } = await run('local', 'deploy', '--verbose')
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toContain('leak [secret]')
    expect(stdout).not.toContain('c4n4ry')
    expect(read('arguments')).not.toContain('c4n4ry')
    expect(read('all')).toContain('IFS= read -r b && eval "$b"')
    expect(read('all')).not.toContain('c4n4ry')
    expect(read('input')).toBe(`header = "Authorization: Bearer ${token}"\n`)
    const files = readdirSync(join(folder, '.deployed'), { recursive: true, encoding: 'utf8' }).filter(
      (name) => statSync(join(folder, '.deployed', name)).isFile() && read(join('.deployed', name)).includes('c4n4ry'),
    )
    expect(files.map((name) => name.replace(/\d{6}-\d{6}/, 'ID')).sort()).toEqual(['current/.env', 'releases/ID/.env'])
    expect(statSync(join(folder, '.deployed/current/.env')).mode & 0o777).toBe(0o600)
  })

  test('but not one of fewer than 4 characters, as it says', async () => {
    const { stdout } = await runCli(['local', 'deploy', '--verbose'], { cwd: folder, env: { ...env, API_TOKEN: 'abc' } })
    expect(stdout).toContain('leak abc')
  })
})
