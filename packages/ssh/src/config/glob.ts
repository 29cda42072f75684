import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { matchesPattern } from './patterns.ts'

/** The files that match an absolute path with `*` and `?`, sorted as by glob(3). */
export function expandGlob(pattern: string): string[] {
  let matches = ['/']
  for (const part of pattern.split('/').filter(Boolean)) {
    if (!/[*?]/.test(part)) matches = matches.map((directory) => join(directory, part))
    else {
      matches = matches.flatMap((directory) =>
        listNames(directory)
          .filter((name) => (part.startsWith('.') || !name.startsWith('.')) && matchesPattern(name, part))
          .sort()
          .map((name) => join(directory, name)),
      )
    }
  }
  return matches
}

function listNames(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}
