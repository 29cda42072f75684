import type { AnyEnv } from '../any-env.ts'
import type { FieldKind } from '../config/fields.ts'
import { fromText } from '../config/text.ts'
import { isDragonfabError, usageError } from '../errors.ts'
import { isPlain } from '../plain.ts'
import { isSecret } from '../secret.ts'
import { format, onlyName } from './format.ts'
import type { Contribution } from './layers.ts'

/** What a lazy value may ask. */
export interface Asking {
  readonly env: AnyEnv
  /** The value of the variable of that name, in any spelling. */
  named(name: string): unknown
  /** For errors: how a name was come to, and for whom (`path → role, production`). */
  through(name: string): string
  readonly label: string
}

/** How a value is read: as which kind, and whether a text that is one `%(name)s` alone stands for what is named, be it a list. */
export interface Reading {
  readonly kind: FieldKind
  readonly whole: boolean
}

/** A contribution's value with its functions called and its `%(…)s` put in. */
export function force({ value, path, mode }: Contribution, { kind, whole }: Reading, asking: Asking): unknown {
  if (mode === 'data' || kind === 'secretText') return typeof value === 'function' ? called(value as Lazy, path, asking) : value
  const put = putIn(value, path, whole, asking)
  return mode === 'text' && typeof put === 'string' ? fromText({ kind }, put) : put
}

type Lazy = (env: AnyEnv) => unknown

function putIn(value: unknown, path: string, whole: boolean, asking: Asking): unknown {
  if (typeof value === 'function') return called(value as Lazy, path, asking)
  if (typeof value === 'string') return formatted(value, path, whole, asking)
  if (Array.isArray(value)) return value.map((entry, index) => putIn(entry, `${path}[${index}]`, false, asking))
  if (!isPlain(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, putIn(entry, `${path}.${key}`, false, asking)]))
}

function called(value: Lazy, path: string, { env, label }: Asking): unknown {
  let result: unknown
  try {
    result = value(env)
  } catch (thrown) {
    if (isDragonfabError(thrown)) throw thrown
    const cause = thrown instanceof Error ? thrown.message : String(thrown)
    throw usageError({ code: 'BAD_FUNCTION', message: `${path}: the function failed (${label})`, cause })
  }
  if (typeof (result as { then?: unknown } | null | undefined)?.then !== 'function') return result
  throw usageError({
    code: 'BAD_FUNCTION',
    message: `${path}: the function gives a promise`,
    remedy: 'variables are computed at once: what takes time is a fact of a plugin',
  })
}

function formatted(text: string, path: string, whole: boolean, { named, through, label }: Asking): unknown {
  const only = whole ? onlyName(text) : undefined
  // `linkedFiles: '%(vars.files)s'` stands for the list itself.
  if (only !== undefined && typeof named(only) !== 'string' && !isSecret(named(only))) return named(only)
  return format(text, (name) => {
    const value = named(name)
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value)
    if (isSecret(value)) throw secretFormatted(path, name)
    const what = value === undefined || value === null ? 'has no value here' : 'is not text'
    throw usageError({ code: 'BAD_VALUE', message: `${path}: %(${name})s ${what} (${through(name)}, ${label})` })
  })
}

function secretFormatted(path: string, name: string) {
  const message = `${path}: %(${name})s is a secret, and secrets are never put into text`
  return usageError({ code: 'SECRET_FORMATTED', message, remedy: 'use it in a hook: sh keeps it hidden' })
}
