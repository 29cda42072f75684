import { readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type PackedProject, packedProject } from '@dragonfab/test-kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

// What would be published, in an empty project, as a user gets it. (NPM-01, the contents of the tarballs, is checked by tooling/workspace/check.mjs.)
describe.each(['npm', 'pnpm'] as const)('from packed tarballs, with %s', (manager) => {
  let made: PackedProject
  const exec = async (argv: readonly string[], status = 0, cwd?: string) => {
    const result = await made.exec(argv, cwd === undefined ? {} : { cwd })
    expect(result.status, `${argv.join(' ')}\n${result.stdout}${result.stderr}`).toBe(status)
    return result.stdout + result.stderr
  }
  const current = () => readlinkSync(join(made.directory, '.deployed/current'))

  beforeAll(async () => {
    made = await packedProject(manager)
    const added = await made.add('dragonfab', '@dragonfab/plugin-git', '@dragonfab/plugin-release', 'typescript@5.9.3', '@types/node@20')
    expect(added.status, added.stdout + added.stderr).toBe(0)
  })
  afterAll(() => made?.remove())

  test('a starter config deploys to this machine at once, twice, and goes back', async () => {
    const { version } = JSON.parse(readFileSync(join(made.directory, 'node_modules/dragonfab/package.json'), 'utf8')) as { version: string }
    expect(await exec(['dragonfab', '--version'])).toContain(version)
    await exec(['dragonfab', 'new'])
    await exec(['git', 'init', '--quiet', '--initial-branch=main'])
    writeFileSync(join(made.directory, '.gitignore'), 'node_modules\n.deployed\n')
    writeFileSync(join(made.directory, 'hello.txt'), 'hello\n')
    const commit = ['git', '-c', 'user.name=A', '-c', 'user.email=a@example.org', 'commit', '--quiet', '-m', 'x']
    await exec(['git', 'add', '.'])
    await exec(commit)
    await exec(['dragonfab', 'local', 'deploy'])
    const first = current()
    expect(readFileSync(join(made.directory, '.deployed/current/hello.txt'), 'utf8')).toBe('hello\n')
    await exec(['dragonfab', 'local', 'deploy'])
    expect(current()).not.toBe(first)
    await exec(['dragonfab', 'local', 'rollback'])
    expect(current()).toBe(first)
  })

  test.each(['bundler', 'nodenext'])('a misspelt config fails tsc under %s, a right one does not', async (resolution) => {
    const directory = join(made.directory, `types-${resolution}`)
    await mkdir(directory)
    writeFileSync(join(directory, 'package.json'), '{ "type": "module", "private": true }\n')
    const compilerOptions = {
      module: resolution === 'bundler' ? 'esnext' : 'nodenext',
      moduleResolution: resolution,
      target: 'es2022',
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      types: ['node'],
    }
    writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }))
    const config = (key: string, option: string) => `import git from '@dragonfab/plugin-git'
import { defineConfig } from 'dragonfab'
export default defineConfig({
  appName: 'shop',
  plugins: [git({ ${option}: 'main' })],
  environments: { local: { hosts: ['local'], ${key}: 5 } },
})
`
    const file = join(directory, 'dragonfab.config.ts')
    writeFileSync(file, config('keepReleases', 'branch'))
    const tsc = ['tsc', '-p', directory]
    await exec(tsc)
    writeFileSync(file, config('keepRelease', 'branch'))
    expect(await exec(tsc, 2)).toMatch(/dragonfab\.config\.ts\(6,/)
    writeFileSync(file, config('keepReleases', 'brnach'))
    expect(await exec(tsc, 2)).toMatch(/dragonfab\.config\.ts\(5,/)
  })
})
