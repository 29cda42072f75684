import type { PlainObject } from '@dragonfab/core'

/** What is wrong with a name that is written on a command line before `:` and `,`, and that is part of paths. */
export function describeBadName(name: string): string | undefined {
  if (name !== '__proto__' && /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(name) && name.length <= 100) return undefined
  return `${JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name)} cannot be a name: use at most 100 letters, digits, "_", "." and "-", and do not begin with "." or "-"`
}

/** Values by name in an object without `constructor` and the other names that objects inherit. */
export function toRecord<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  return Object.assign(Object.create(null) as Record<string, T>, Object.fromEntries(entries))
}

/** Reads a property, but not an inherited one: a name in a config may be `constructor`. */
export function getOwn(object: PlainObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

/**
 * The same text for all spellings of a name: `keepReleases`, `keep_releases`, `keep-releases` → `keep_releases`;
 * `git.shallowClone`, `git_shallow_clone`, `git-shallow-clone` → `git_shallow_clone`.
 */
export function normalizeName(name: string): string {
  return toSnakeCase(name).replace(/[.-]/g, '_')
}

/** The spelling for YAML and `%(…)s`: `git.shallow_clone`. */
export function toSnakeCase(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase()
}
