import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { installBuilt } from '@dragonfab/test-kit'

/** Creates a user's folder with the built packages installed. */
export async function userProject(directory: string): Promise<void> {
  installBuilt(directory)
  await writeFile(join(directory, 'package.json'), '{ "name": "shop", "private": true, "type": "module" }\n')
}
