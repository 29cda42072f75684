import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPackedProject, mustRun } from '../src/index.ts'

let base = ''
let tarballs: string[] = []

/** What is new each time, so that no cache of a package manager has its bytes. Two packages as this workspace has them: an unscoped program that needs a scoped one, which needs one from npm. */
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'dragonfab-tarballs-'))
  const pack = async (manifest: { name: string }, files: Record<string, string>) => {
    const source = join(base, manifest.name.replace('/', '-'))
    await mkdir(source)
    await writeFile(join(source, 'package.json'), JSON.stringify({ version: '0.0.0', type: 'module', ...manifest, made: base }))
    for (const [name, text] of Object.entries(files)) await writeFile(join(source, name), text, { mode: 0o755 })
    const said = await mustRun(['npm', 'pack', '--json', '--pack-destination', base], { cwd: source })
    return join(base, (JSON.parse(said) as [{ filename: string }])[0].filename)
  }
  tarballs = await Promise.all([
    pack({ name: 'dragonfab', bin: { dragonfab: 'bin.js' }, dependencies: { '@dragonfab/core': '^0.0.0' } } as { name: string }, {
      'bin.js': "#!/usr/bin/env node\nimport { said } from '@dragonfab/core'\nconsole.log(said, ...process.argv.slice(2))\n",
    }),
    pack({ name: '@dragonfab/core', exports: './index.js', dependencies: { mitt: '3.0.1' } } as { name: string }, {
      'index.js':
        "import mitt from 'mitt'\nexport let said\nconst bus = mitt()\nbus.on('*', (type, text) => { said = text })\nbus.emit('x', 'packed')\n",
    }),
  ])
})
afterAll(() => rm(base, { recursive: true }))

describe.each(['npm', 'pnpm'] as const)('a project of a user with %s', (manager) => {
  it('installs the packed packages from loopback, the others from their registry, and runs the program', async () => {
    const project = await createPackedProject(manager, { tarballs })
    const added = await project.add('dragonfab')
    expect(added.status, added.stdout + added.stderr).toBe(0)
    expect((await project.exec(['dragonfab', 'a word', '--flag'])).stdout).toBe('packed a word --flag\n')
    expect(
      project
        .served()
        .filter((path) => path.startsWith('/-/'))
        .sort(),
    ).toEqual(tarballs.map((file) => `/-/tarballs/${file.split('/').pop()}`).sort())
    const absent = await project.exec(['no-such-program-here'])
    expect(absent.status).not.toBe(0)
    await project.remove()
  })
})
