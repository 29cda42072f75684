import type { PlainObject } from '@dragonfab/core'

/** What is wrong with a name that is written on a command line before `:` and `,`, and that is part of paths. */
export function describeBadName(name: string): string | undefined {
  if (name !== '__proto__' && /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(name) && name.length <= 100) return undefined
  return `${JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name)} cannot be a name: letters, digits, "_", "." and "-", at most 100, neither "." nor "-" first`
}

/** Values by name, without `constructor` and the other names that every object has. */
export function toRecord<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  return Object.assign(Object.create(null) as Record<string, T>, Object.fromEntries(entries))
}

/** A name of the config may be `constructor`. */
export function getOwn(object: PlainObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined
}
