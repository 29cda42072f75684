import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createPackedProject } from '@dragonfab/test-kit'
import { describe, expect, test } from 'vitest'

describe.each(['npm', 'pnpm'] as const)('from packed tarballs, in an empty project with %s', (manager) => {
  test('dragonfab new, then local deploy', async () => {
    const project = await createPackedProject(manager)
    try {
      const added = await project.add('-D', 'dragonfab', '@dragonfab/plugin-git')
      expect(added.status, added.stdout + added.stderr).toBe(0)
      const made = await project.exec(['dragonfab', 'new'])
      expect(made, made.stderr).toMatchObject({ status: 0 })
      expect(made.stdout).toContain(`next:     ${manager === 'npm' ? 'npx' : 'pnpm exec'} dragonfab local deploy`)
      const deployed = await project.exec(['dragonfab', 'local', 'deploy'])
      expect(deployed, deployed.stdout + deployed.stderr).toMatchObject({ status: 0 })
      expect(readFileSync(join(project.directory, '.deployed/current/GREETING'), 'utf8')).toBe('Hello from a-users-project\n')
    } finally {
      await project.remove()
    }
  })
})
