import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { workspaceRoot } from '@dragonfab/test-kit'

/** Makes the folder of a user who has the built packages installed. */
export async function userProject(directory: string): Promise<void> {
  await mkdir(join(directory, 'node_modules/@dragonfab'), { recursive: true })
  await writeFile(join(directory, 'package.json'), '{ "name": "shop", "private": true, "type": "module" }\n')
  await symlink(join(workspaceRoot, 'packages/cli'), join(directory, 'node_modules/dragonfab'))
  await symlink(join(workspaceRoot, 'packages/plugin-git'), join(directory, 'node_modules/@dragonfab/plugin-git'))
}
