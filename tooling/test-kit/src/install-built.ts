import { mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { workspaceRoot } from './workspace.ts'

/** Puts the workspace's built packages into a project's `node_modules`, as npm would, but as links; `without` leaves folders of `packages/` out. */
export function installBuilt(directory: string, without: readonly string[] = []): void {
  const modules = join(directory, 'node_modules')
  const packages = join(workspaceRoot, 'packages')
  mkdirSync(join(modules, '@dragonfab'), { recursive: true })
  symlinkSync(join(packages, 'cli'), join(modules, 'dragonfab'))
  for (const name of readdirSync(packages))
    if (name !== 'cli' && name !== 'create-dragonfab' && !without.includes(name))
      symlinkSync(join(packages, name), join(modules, '@dragonfab', name))
}
