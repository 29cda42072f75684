import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTestProject, mustRun, runCli, runCommand, takeSnapshot } from '@dragonfab/test-kit'
import { describe, expect, test } from 'vitest'

const read = (...path: string[]): string => readFileSync(join(...path), 'utf8')

describe('dragonfab new', () => {
  test('in an empty project: a starter that deploys at once', async () => {
    const { directory, run } = createTestProject({})
    const made = await run(['new'])
    expect(made, made.stderr).toMatchObject({ status: 0, stderr: '' })
    expect(made.stdout).toBe(`wrote dragonfab.config.ts
added .deployed/ and node_modules/ to .gitignore
made a git repository with a first commit, because Dragonfab releases commits

next:     npx dragonfab local deploy
`)
    const deployed = await run(['local', 'deploy'])
    expect(deployed, deployed.stdout + deployed.stderr).toMatchObject({ status: 0, stderr: '' })
    expect(read(directory, '.deployed/current/GREETING')).toBe('Hello from shop\n')
    expect(read(directory, '.deployed/current/package.json')).toContain('"shop"')
    expect(existsSync(join(directory, '.deployed/current/node_modules'))).toBe(false)
    const head = (await mustRun(['git', '-C', directory, 'rev-parse', 'HEAD'])).trim()
    expect(read(directory, '.deployed/current/REVISION').trim()).toBe(head)
    expect((await run(['local', 'greet'])).stdout).toBe('Hello from shop\n')
    // Nothing that the deployment made is to be committed.
    expect(await mustRun(['git', '-C', directory, 'status', '--porcelain'])).toBe('')
  })

  test('in a folder of a repository: that folder is released', async () => {
    const { directory, run } = createTestProject({ 'apps/it’s $me/index.html': 'hello', 'README.md': 'top', '.gitignore': 'node_modules' })
    await mustRun(['sh', '-ec', 'git init -qb trunk; git add .; git -c user.name=a -c user.email=a@b commit -qm x'], { cwd: directory })
    const made = await run(['new', 'apps/it’s $me'])
    expect(made.stdout).not.toContain('made a git repository')
    expect(made.stdout).toContain('cd apps/it’s $me && npx dragonfab local deploy')
    const at = join(directory, 'apps/it’s $me')
    expect(read(at, 'dragonfab.config.ts')).toContain("git({ repo: '../..', branch: 'trunk', archiveTree: 'apps/it’s $me' })")
    const deployed = await runCli(['local', 'deploy'], { cwd: at, env: { CI: '1' } })
    expect(deployed, deployed.stdout + deployed.stderr).toMatchObject({ status: 0 })
    expect(read(at, '.deployed/current/index.html')).toBe('hello')
    expect(existsSync(join(at, '.deployed/current/README.md'))).toBe(false)
  })

  test('it never overwrites', async () => {
    for (const name of ['dragonfab.config.ts', 'dragonfab.config.json', 'deploy.yml']) {
      const { directory, run } = createTestProject({ [name]: '' })
      const before = takeSnapshot(directory)
      const result = await run(['new'])
      expect(result.status).toBe(2)
      expect(result.stderr).toContain('already exists, and new never overwrites')
      expect(takeSnapshot(directory)).toEqual(before)
    }
  })

  test('keeps the lines of .gitignore', async () => {
    const { directory, run } = createTestProject({ '.gitignore': '/node_modules\n*.log' })
    await run(['new'])
    expect(read(directory, '.gitignore')).toBe('/node_modules\n*.log\n.deployed/\n')
  })

  test('names missing packages, with the command of the package manager', async () => {
    const { run } = createTestProject({ 'pnpm-lock.yaml': '' }, ['plugin-git', 'plugin-release'])
    const made = await run(['new'])
    expect(made.stdout).toContain('install:  pnpm add -D @dragonfab/plugin-git\nnext:     pnpm exec dragonfab local deploy\n')
  })

  test('with releases alone it does without git', async () => {
    const { directory, run } = createTestProject({}, ['plugin-git'])
    const made = await run(['new'])
    expect(made.stdout).not.toContain('git repository')
    const deployed = await run(['local', 'deploy'])
    expect(deployed, deployed.stdout + deployed.stderr).toMatchObject({ status: 0 })
    expect(read(directory, '.deployed/current/GREETING')).toBe('Hello from shop\n')
  })

  test('at a terminal it asks before it makes a repository', async () => {
    const { directory } = createTestProject({})
    const program = `${process.execPath} ${JSON.stringify(join(directory, 'node_modules/dragonfab/dist/bin.js'))} new`
    const result = await runCommand(['script', '-qec', program, '/dev/null'], { cwd: directory, stdin: 'n\n' })
    expect(result.stdout).toContain('Make a git repository with a first commit? [y/N]')
    expect(result.stdout).toContain('before you deploy: make a git repository with a first commit')
    expect(existsSync(join(directory, '.git'))).toBe(false)
  })
})
