import { within } from '../layout.ts'
import { relativePath } from '../linked/entry.ts'

/** `environmentFile` relative to the release; throws what is wrong. The original's `%(release_path)s/.env` is absolute, and meant this. */
export function environmentFile(value: string, releasePath: string): string {
  return relativePath(value !== releasePath && within(value, releasePath) ? value.slice(releasePath.length + 1) : value)
}
