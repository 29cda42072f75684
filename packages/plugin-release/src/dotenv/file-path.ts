import { isWithin } from '../layout.ts'
import { parseRelativePath } from '../linked/linked-path.ts'

/** `environmentFile` relative to the release; throws what is wrong. The original's `%(release_path)s/.env` is absolute, and meant this. */
export function resolveEnvironmentFile(value: string, releasePath: string): string {
  return parseRelativePath(value !== releasePath && isWithin(value, releasePath) ? value.slice(releasePath.length + 1) : value)
}
