import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createPackedProject, type PackageManager, packageManagers, workspaceRoot } from '@dragonfab/test-kit'
import { describe, expect, test } from 'vitest'

/** What the README has you run in an empty folder: the packages that it installs, and the words after each `npx`. */
function readmeCommands(): { readonly packages: readonly string[]; readonly runs: readonly (readonly string[])[] } {
  const [, line = ''] = /^```sh local\n(.*)\n```$/m.exec(readFileSync(join(workspaceRoot, 'README.md'), 'utf8')) ?? []
  const [install = [], ...runs] = line.split(' && ').map((command) => command.split(' '))
  expect(install.slice(0, 3)).toEqual(['npm', 'i', '-D'])
  expect(runs.map(([npx]) => npx)).toEqual(['npx', 'npx'])
  return { packages: install.slice(2), runs: runs.map((words) => words.slice(1)) }
}

const runner = (manager: PackageManager) => (manager === 'npm' ? 'npx' : manager === 'pnpm' ? 'pnpm exec' : 'yarn')

describe.each(packageManagers)('from packed tarballs, in an empty project with %s', (manager) => {
  test('what the README has you run first deploys', async () => {
    const { packages, runs } = readmeCommands()
    const project = await createPackedProject(manager)
    try {
      const added = await project.add(...packages)
      expect(added.status, added.stdout + added.stderr).toBe(0)
      expect(existsSync(join(project.directory, 'node_modules'))).toBe(manager !== 'yarn 4 with PnP')
      const ends = []
      for (const words of runs) {
        const end = await project.exec(words)
        expect(end, end.stdout + end.stderr).toMatchObject({ status: 0 })
        ends.push(end)
      }
      expect(ends[0]?.stdout).toContain(`next:     ${runner(manager)} dragonfab local deploy`)
      expect(readFileSync(join(project.directory, '.deployed/current/GREETING'), 'utf8')).toBe('Hello from a-users-project\n')
    } finally {
      await project.remove()
    }
  })
})
