import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { matchesPattern } from './patterns.ts'

/** The files that an absolute path with `*` and `?` in its parts means, sorted as glob(3) does; none where nothing is there. */
export function glob(pattern: string): string[] {
  let found = ['/']
  for (const part of pattern.split('/').filter(Boolean)) {
    if (!/[*?]/.test(part)) found = found.map((directory) => join(directory, part))
    else {
      found = found.flatMap((directory) =>
        names(directory)
          .filter((name) => (part.startsWith('.') || !name.startsWith('.')) && matchesPattern(name, part))
          .sort()
          .map((name) => join(directory, name)),
      )
    }
  }
  return found
}

function names(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}
