import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { installBuilt } from '@dragonfab/test-kit'

/** Makes the folder of a user who has the built packages installed. */
export async function userProject(directory: string): Promise<void> {
  installBuilt(directory)
  await writeFile(join(directory, 'package.json'), '{ "name": "shop", "private": true, "type": "module" }\n')
}
