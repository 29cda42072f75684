import { parseCommandLineText } from '../config/command-line-text.ts'
import type { FieldKind } from '../config/fields.ts'
import { describeValue } from '../config/parse.ts'
import { isDragonfabError, usageError } from '../errors.ts'
import type { AnyEnv } from '../plain.ts'
import { mapTree } from '../plain.ts'
import { hide, isSecret, reveal as revealSecret, type Secret } from '../secret.ts'
import type { Contribution } from './variable.ts'

/** What a lazy value is evaluated with. */
export interface LazyContext {
  readonly env: AnyEnv
  /** The value of the variable with this name, in any spelling. */
  readVariable(name: string): unknown
  /** For errors: the variables that led to this name (`path → role`). */
  describeChain(name: string): string
  readonly label: string
}

/** The kind as which a value is read. `whole`: text that is nothing but one `%(name)s` becomes that variable's value, even a list. */
export interface EvaluationMode {
  readonly kind: FieldKind
  readonly whole: boolean
}

/** A contribution's value after calling its functions and replacing its `%(…)s`. */
export function evaluateContribution({ value, path, mode }: Contribution, { kind, whole }: EvaluationMode, context: LazyContext): unknown {
  if (kind === 'secretText') return typeof value === 'function' ? deferSecret(value as EnvFunction, path, context) : value
  if (mode === 'data') return typeof value === 'function' ? callLazy(value as EnvFunction, path, context) : value
  const put = evaluateValue(value, path, whole, context)
  return mode === 'text' && typeof put === 'string' ? parseCommandLineText({ kind }, put) : put
}

type EnvFunction = (env: AnyEnv) => unknown

/** Planning looks nothing up, so the function is called when the secret is revealed. Its value does not depend on facts. */
function deferSecret(find: EnvFunction, path: string, context: LazyContext): Secret {
  const reveal = (): string => {
    const found = callLazy(find, path, context)
    if (typeof found === 'string') return found
    if (isSecret(found)) return revealSecret(found)
    const message = `${path}: the function should return text or a secret, not ${describeValue(found)} (${context.label})`
    throw usageError({ code: 'BAD_FUNCTION', message })
  }
  // Whether the function returns a secret that a person types in is not known yet: `check` must not ask for one.
  return hide(reveal, path, { source: `${path} of ${context.label}`, interactive: true })
}

function evaluateValue(value: unknown, path: string, whole: boolean, context: LazyContext): unknown {
  return mapTree(
    value,
    (leaf, position) => {
      if (typeof leaf === 'function') return callLazy(leaf as EnvFunction, position, context)
      return typeof leaf === 'string' ? formatLazyText(leaf, position, whole && leaf === value, context) : leaf
    },
    path,
  )
}

function callLazy(value: EnvFunction, path: string, { env, label }: LazyContext): unknown {
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
    message: `${path}: the function returns a promise`,
    remedy: 'return the value itself; if it takes time to find, make it a fact of a plugin',
  })
}

function formatLazyText(text: string, path: string, whole: boolean, { readVariable, describeChain, label }: LazyContext): unknown {
  const soleName = whole ? solePlaceholder(text) : undefined
  // `linkedFiles: '%(vars.files)s'` is the list itself.
  if (soleName !== undefined && typeof readVariable(soleName) !== 'string' && !isSecret(readVariable(soleName)))
    return readVariable(soleName)
  return formatPlaceholders(text, (name) => {
    const value = readVariable(name)
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value)
    if (isSecret(value)) throw secretFormattedError(path, name)
    const what = value === undefined || value === null ? 'has no value' : 'is not text'
    throw usageError({ code: 'BAD_VALUE', message: `${path}: %(${name})s ${what} (${describeChain(name)}, ${label})` })
  })
}

function secretFormattedError(path: string, name: string) {
  const message = `${path}: %(${name})s is a secret, and secrets never become part of text`
  return usageError({ code: 'SECRET_FORMATTED', message, remedy: 'use it in a hook: sh hides it' })
}

const placeholderPattern = /%%|%\(([^()\s]+)\)s/g

/** Replaces each `%(name)s` by a value. `%%` is a percent sign; any other `%` stays as it is. */
export function formatPlaceholders(text: string, value: (name: string) => string): string {
  return text.replace(placeholderPattern, (_, name: string | undefined) => (name === undefined ? '%' : value(name)))
}

/** The names in a text's placeholders. */
export function placeholderNames(text: string): readonly string[] {
  return [...text.matchAll(placeholderPattern)].flatMap((match) => match[1] ?? [])
}

/** The name, if the text is one `%(name)s` and nothing else. Only such text can become a list or a number. */
export function solePlaceholder(text: string): string | undefined {
  return /^%\(([^()\s]+)\)s$/.exec(text)?.[1]
}
