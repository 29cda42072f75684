/**
 * What to do if a linked path is not in shared/: refuse, create it, link to it with a warning, or link to it silently (a log that the
 * application creates).
 */
export type Missing = 'error' | 'create' | 'warn' | 'link'

/** An entry of `linkedFiles` or `linkedDirs`, as you may write it. */
export type LinkedInput = string | { readonly path: string; readonly missing?: Missing }

export interface LinkedEntry {
  /** Relative to shared/ and to the release. */
  readonly path: string
  readonly missing: Missing
}

/** An entry with its kind. */
export interface LinkedPath extends LinkedEntry {
  readonly kind: 'file' | 'dir'
}

const missingByStrictness: readonly unknown[] = ['error', 'create', 'warn', 'link'] satisfies readonly Missing[]

/** The lists of several roles as one. If two roles disagree about a missing path, the stricter one counts. */
export function mergeEntries(lists: readonly (readonly LinkedEntry[])[]): readonly LinkedEntry[] {
  const [first = [], ...others] = lists
  const all = [...first]
  for (const entry of others.flat()) {
    const index = all.findIndex(({ path }) => path === entry.path)
    const existing = all[index]
    if (!existing) all.push(entry)
    else if (missingByStrictness.indexOf(entry.missing) < missingByStrictness.indexOf(existing.missing)) all[index] = entry
  }
  return all
}

/** Reads one entry; throws what it should be. `defaultMissing` is used if the entry has no `missing`. */
export function parseLinkedEntry(value: unknown, defaultMissing: Missing): LinkedEntry {
  if (typeof value === 'string') return { path: parseRelativePath(value), missing: defaultMissing }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`should be a path, or { path, missing: 'error' | 'create' | 'warn' | 'link' }`)
  const { path, missing = defaultMissing, ...rest } = value as Record<string, unknown>
  const unknown = Object.keys(rest)
  if (unknown.length)
    throw new Error(`has an unknown key ${unknown.map((key) => JSON.stringify(key)).join(', ')}; known are path and missing`)
  if (typeof path !== 'string') throw new Error('should have a path')
  if (!missingByStrictness.includes(missing)) throw new Error(`missing should be 'error', 'create', 'warn' or 'link'`)
  return { path: parseRelativePath(path), missing: missing as Missing }
}

/** A relative path without a trailing slash; throws what is wrong with it. */
export function parseRelativePath(value: string): string {
  const shown = JSON.stringify(value)
  if (value === '') throw new Error('should not be empty')
  if (/[\0-\x1f\x7f]/.test(value)) throw new Error(`${shown} should not have control characters`)
  if (value.startsWith('/')) throw new Error(`${shown} should be relative to the release`)
  const path = value.replace(/^(\.\/+)+/, '').replace(/\/+$/, '')
  const parts = path.split('/')
  if (parts.some((part) => part === '' || part === '.' || part === '..'))
    throw new Error(`${shown} should not have empty, \`.\` or \`..\` parts`)
  return path
}
