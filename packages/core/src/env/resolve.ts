import type { FieldKind } from '../config/fields.ts'
import { parseValue, toSentence } from '../config/parse.ts'
import { isDragonfabError, usageError } from '../errors.ts'
import type { AnyEnv } from '../plain.ts'
import { isPlainObject, mergeValues } from '../plain.ts'
import { evaluateContribution, type LazyContext } from './evaluate.ts'
import { createEnvProxy } from './proxy.ts'
import type { Contribution, Layer, Registry, Variable } from './variable.ts'

export interface EnvSource {
  readonly registry: Registry
  /** From the lowest to the highest. */
  readonly layers: readonly Layer[]
  /** For errors: `production`, `web1 in production`. */
  readonly label: string
  /** Functions that complete a value, by variable: a relative `path` needs the host. They may throw. */
  readonly finishers?: Readonly<Record<string, (value: unknown, path: string) => unknown>>
}

export interface ResolvedEnv {
  readonly env: AnyEnv
  /** A variable's value, by its dotted name. Throws the errors that reading it from env throws. */
  read(name: string): unknown
  /** The layers that its value comes from, from the lowest to the highest. */
  originsOf(name: string): readonly string[]
}

/** The code of the error if a variable cannot be read only because a fact is not known yet. */
export const notKnownCode = 'VARIABLE_NOT_KNOWN'

/** Makes the variables of one host. Each is computed when it is read for the first time. */
export function resolveEnv(source: EnvSource): ResolvedEnv {
  const { registry, layers, label, finishers = {} } = source
  const results = new Map<string, { readonly value: unknown } | { readonly thrown: unknown }>()
  /** The variables that are being computed, each because the one before it needs it. */
  const chain: string[] = []

  const fail = (code: string, message: string, remedy?: string): never => {
    throw usageError({ code, message, ...(remedy ? { remedy } : {}) })
  }
  const describeChain = (name?: string) => (name === undefined ? chain : [...chain, name]).join(' → ')

  const failUnknown = (name: string, section?: string): never =>
    fail(
      'UNKNOWN_VARIABLE',
      `${section ? `${section}.` : ''}${name} is not a variable${chain.length ? ` (${describeChain(section ? `${section}.${name}` : name)})` : ''}`,
      registry.suggest(name, section),
    )

  const read = (name: string): unknown => {
    const cached = results.get(name)
    if (cached && 'value' in cached) return cached.value
    if (cached) throw cached.thrown
    if (chain.includes(name)) fail('VARIABLE_CYCLE', `a variable needs itself: ${chain.slice(chain.indexOf(name)).join(' → ')} → ${name}`)
    const variable = registry.find(name) ?? failUnknown(name)
    chain.push(name)
    try {
      const value = computeValue(variable)
      results.set(name, { value })
      return value
    } catch (thrown) {
      // Keep the error, so that a mistake is reported once. Not for a missing fact: its message names the variables that led to it.
      if (!(isDragonfabError(thrown) && thrown.code === notKnownCode)) results.set(name, { thrown })
      throw thrown
    } finally {
      chain.pop()
    }
  }

  const env = createEnvProxy(registry, read, failUnknown)
  const lazyContext: LazyContext = { env, label, describeChain, readVariable: (name) => read(registry.find(name)?.name ?? name) }

  const contributions = (name: string): readonly Contribution[] => layers.flatMap((layer) => layer.get(name) ?? [])

  /** The contributions that make up the value: the highest one with a value, or all tables above the highest value that is not a table. */
  const findEffective = (variable: Variable): readonly { readonly from: Contribution; readonly value: unknown }[] => {
    const used: { readonly from: Contribution; readonly value: unknown }[] = []
    const all = contributions(variable.name)
    for (const [index, from] of [...all].reverse().entries()) {
      const declared = variable.field.kind
      const kind = declared === 'any' ? inferKind(all[all.length - 2 - index]?.value) : declared
      const value = evaluateContribution(from, { kind, whole: declared !== 'text' }, lazyContext)
      if (value === undefined) continue
      used.unshift({ from, value })
      if (!isPlainObject(value) || from.replaces) break
    }
    return used
  }

  const computeValue = (variable: Variable): unknown => {
    const { name, field } = variable
    const used = findEffective(variable)
    const merged = used.map(({ value }) => value).reduce((below, above) => mergeValues(below, above), undefined)
    const last = used.at(-1)?.from
    const path = last?.path ?? name
    if (merged === undefined) return failMissing(variable)
    const parsed = parseValue(field, merged, { name, text: last?.mode === 'text' })
    if (parsed.faults)
      throw usageError(parsed.faults.map((problem) => ({ code: 'BAD_VALUE', message: `${toSentence(path, problem)} (${label})` })))
    const finisher = finishers[name]
    return finisher && parsed.value !== undefined ? finisher(parsed.value, path) : parsed.value
  }

  const failMissing = ({ name, field }: Variable): undefined => {
    if (field.fact) {
      const signals = registry.factSignals(name)
      const when =
        typeof field.fact === 'string' ? field.fact : signals ? `in tasks with the signal ${signals.join(' or ')}` : 'when a run is planned'
      fail(notKnownCode, `${describeChain()} is not known yet: it is known ${when}`)
    }
    if (field.required) {
      fail('VARIABLE_REQUIRED', `${name} has no value for ${label}`, `set ${name} in the config, or with --set ${name}=…: ${field.help}`)
    }
    return undefined
  }

  const originsOf = (name: string) => {
    const variable = registry.find(name)
    return variable ? [...new Set(findEffective(variable).map(({ from }) => from.origin))] : []
  }
  return { env, read, originsOf }
}

/** `--set vars.port=8080` is a number if the config's value is a number. */
function inferKind(value: unknown): FieldKind {
  if (typeof value === 'number') return 'whole'
  if (typeof value === 'boolean') return 'flag'
  if (Array.isArray(value)) return 'list'
  return isPlainObject(value) ? 'table' : 'text'
}
