import { parseCommandLineText } from '../config/command-line-text.ts'
import type { FieldKind } from '../config/fields.ts'
import { describeValue } from '../config/parse.ts'
import { isDragonfabError, usageError } from '../errors.ts'
import type { AnyEnv } from '../plain.ts'
import { mapTree } from '../plain.ts'
import { hide, isSecret, reveal as revealSecret, type Secret } from '../secret.ts'
import type { Contribution } from './variable.ts'

/** What a lazy value may ask. */
export interface LazyContext {
  readonly env: AnyEnv
  /** The value of the variable of that name, in any spelling. */
  readVariable(name: string): unknown
  /** For errors: how a name was come to, and for whom (`path → role, production`). */
  describeChain(name: string): string
  readonly label: string
}

/** How a value is read: as which kind, and whether a text that is one `%(name)s` alone stands for what is named, be it a list. */
export interface EvaluationMode {
  readonly kind: FieldKind
  readonly whole: boolean
}

/** A contribution's value with its functions called and its `%(…)s` put in. */
export function evaluateContribution({ value, path, mode }: Contribution, { kind, whole }: EvaluationMode, asking: LazyContext): unknown {
  if (kind === 'secretText') return typeof value === 'function' ? deferSecret(value as EnvFunction, path, asking) : value
  if (mode === 'data') return typeof value === 'function' ? callLazy(value as EnvFunction, path, asking) : value
  const put = evaluateValue(value, path, whole, asking)
  return mode === 'text' && typeof put === 'string' ? parseCommandLineText({ kind }, put) : put
}

type EnvFunction = (env: AnyEnv) => unknown

/** Planning looks nothing up, so the function is called when the secret is revealed. One env gives one value, whatever facts are added to it. */
function deferSecret(find: EnvFunction, path: string, context: LazyContext): Secret {
  const reveal = (): string => {
    const found = callLazy(find, path, context)
    if (typeof found === 'string') return found
    if (isSecret(found)) return revealSecret(found)
    const message = `${path}: the function should give text or a secret, not ${describeValue(found)} (${context.label})`
    throw usageError({ code: 'BAD_FUNCTION', message })
  }
  return hide(reveal, path, { source: `${path} of ${context.label}` })
}

function evaluateValue(value: unknown, path: string, whole: boolean, asking: LazyContext): unknown {
  return mapTree(
    value,
    (leaf, place) => {
      if (typeof leaf === 'function') return callLazy(leaf as EnvFunction, place, asking)
      return typeof leaf === 'string' ? formatLazyText(leaf, place, whole && leaf === value, asking) : leaf
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
    message: `${path}: the function gives a promise`,
    remedy: 'variables are computed at once: what takes time is a fact of a plugin',
  })
}

function formatLazyText(
  text: string,
  path: string,
  whole: boolean,
  { readVariable: named, describeChain: through, label }: LazyContext,
): unknown {
  const soleName = whole ? solePlaceholder(text) : undefined
  // `linkedFiles: '%(vars.files)s'` stands for the list itself.
  if (soleName !== undefined && typeof named(soleName) !== 'string' && !isSecret(named(soleName))) return named(soleName)
  return formatPlaceholders(text, (name) => {
    const value = named(name)
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value)
    if (isSecret(value)) throw secretFormattedError(path, name)
    const what = value === undefined || value === null ? 'has no value here' : 'is not text'
    throw usageError({ code: 'BAD_VALUE', message: `${path}: %(${name})s ${what} (${through(name)}, ${label})` })
  })
}

function secretFormattedError(path: string, name: string) {
  const message = `${path}: %(${name})s is a secret, and secrets are never put into text`
  return usageError({ code: 'SECRET_FORMATTED', message, remedy: 'use it in a hook: sh keeps it hidden' })
}

const placeholderPattern = /%%|%\(([^()\s]+)\)s/g

/** Puts values in for `%(name)s`. `%%` is a percent sign; any other `%` stands for itself. */
export function formatPlaceholders(text: string, value: (name: string) => string): string {
  return text.replace(placeholderPattern, (_, name: string | undefined) => (name === undefined ? '%' : value(name)))
}

/** The names that a text asks for. */
export function placeholderNames(text: string): readonly string[] {
  return [...text.matchAll(placeholderPattern)].flatMap((match) => match[1] ?? [])
}

/** The name, where the text is one `%(name)s` and nothing else: such a text may stand for a list or a number too. */
export function solePlaceholder(text: string): string | undefined {
  return /^%\(([^()\s]+)\)s$/.exec(text)?.[1]
}
