import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createPackedProject, runCommand } from '@dragonfab/test-kit'
import { expect, test } from 'vitest'

test('npm create dragonfab in an empty folder, from packed tarballs', async () => {
  const project = await createPackedProject('npm')
  try {
    const options = { cwd: project.directory, env: project.env, timeoutMs: 300_000 }
    const made = await runCommand(['npm', 'create', '--yes', 'dragonfab'], options)
    expect(made, made.stdout + made.stderr).toMatchObject({ status: 0 })
    expect(made.stdout).toContain('install:  npm i -D dragonfab @dragonfab/plugin-git\nnext:     npx dragonfab local deploy\n')
    const added = await project.add('-D', 'dragonfab', '@dragonfab/plugin-git')
    expect(added.status, added.stdout + added.stderr).toBe(0)
    const deployed = await project.exec(['dragonfab', 'local', 'deploy'])
    expect(deployed, deployed.stdout + deployed.stderr).toMatchObject({ status: 0 })
    expect(readFileSync(join(project.directory, '.deployed/current/GREETING'), 'utf8')).toBe('Hello from a-users-project\n')
  } finally {
    await project.remove()
  }
})
