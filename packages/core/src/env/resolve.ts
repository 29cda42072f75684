import type { AnyEnv } from '../any-env.ts'
import type { FieldKind } from '../config/fields.ts'
import { parseValue } from '../config/parse.ts'
import { isDragonfabError, usageError } from '../errors.ts'
import { isPlain } from '../plain.ts'
import type { Contribution, Layer } from './layers.ts'
import { type Asking, force } from './lazy.ts'
import { merge } from './merge.ts'
import { envProxy } from './proxy.ts'
import type { Registry } from './registry.ts'
import type { Origin, Variable } from './variable.ts'
import { sentence, varProblems } from './vars.ts'

export interface EnvSource {
  readonly registry: Registry
  /** From the lowest to the highest. */
  readonly layers: readonly Layer[]
  /** For errors: `production`, `web1 in production`. */
  readonly label: string
  /** Last word on a value that needs the place: a relative `path`. May throw. */
  readonly finish?: Readonly<Record<string, (value: unknown, path: string) => unknown>>
}

export interface ResolvedEnv {
  readonly env: AnyEnv
  /** A variable's value, by its dotted name. Throws as reading it from env does. */
  read(name: string): unknown
  origins(): readonly Origin[]
}

/** Reading this variable failed only because a fact is not known yet. */
export const notKnown = 'VARIABLE_NOT_KNOWN'

/** Makes the variables of one host. Nothing is computed before it is read, and nothing twice. */
export function resolveEnv(source: EnvSource): ResolvedEnv {
  const { registry, layers, label, finish = {} } = source
  const known = new Map<string, { readonly value: unknown } | { readonly thrown: unknown }>()
  /** The variables that are being computed, each because of the one before. */
  const chain: string[] = []

  const fail = (code: string, message: string, remedy?: string): never => {
    throw usageError({ code, message, ...(remedy ? { remedy } : {}) })
  }
  const through = (name?: string) => (name === undefined ? chain : [...chain, name]).join(' → ')

  const unknown = (name: string, section?: string): never =>
    fail(
      'UNKNOWN_VARIABLE',
      `${section ? `${section}.` : ''}${name} is not a variable${chain.length ? ` (${through(section ? `${section}.${name}` : name)})` : ''}`,
      registry.suggest(name, section),
    )

  const read = (name: string): unknown => {
    const before = known.get(name)
    if (before && 'value' in before) return before.value
    if (before) throw before.thrown
    if (chain.includes(name)) fail('VARIABLE_CYCLE', `a variable needs itself: ${chain.slice(chain.indexOf(name)).join(' → ')} → ${name}`)
    const variable = registry.find(name) ?? unknown(name)
    chain.push(name)
    try {
      const value = compute(variable)
      known.set(name, { value })
      return value
    } catch (thrown) {
      // One mistake is told once, however many variables need it; what waits for a fact is told to each who asks, with the way there.
      if (!(isDragonfabError(thrown) && thrown.code === notKnown)) known.set(name, { thrown })
      throw thrown
    } finally {
      chain.pop()
    }
  }

  const env = envProxy(registry, read, unknown)
  const asking: Asking = { env, label, through, named: (name) => read(registry.find(name)?.name ?? name) }

  const contributions = (name: string): readonly Contribution[] => layers.flatMap((layer) => layer.get(name) ?? [])

  /** Those that have a part in the value: the last one that says something, or for tables all down to one that is no table. */
  const effective = (variable: Variable): readonly { readonly from: Contribution; readonly value: unknown }[] => {
    const used: { readonly from: Contribution; readonly value: unknown }[] = []
    const all = contributions(variable.name)
    for (const [index, from] of [...all].reverse().entries()) {
      const ownVar = variable.plugin === 'vars'
      const kind = ownVar ? kindOf(all[all.length - 2 - index]?.value) : variable.field.kind
      const value = force(from, { kind, whole: ownVar || kind !== 'text' }, asking)
      if (value === undefined) continue
      used.unshift({ from, value })
      if (!isPlain(value) || from.replaces) break
    }
    return used
  }

  const compute = (variable: Variable): unknown => {
    const { name, field } = variable
    const used = effective(variable)
    const merged = used.map(({ value }) => value).reduce((below, above) => merge(below, above), undefined)
    const last = used.at(-1)?.from
    const path = last?.path ?? name
    if (variable.plugin === 'vars') {
      for (const problem of varProblems(merged)) fail('BAD_VALUE', `${path}${problem} (${label})`)
      return merged ?? undefined
    }
    if (merged === undefined) return missing(variable)
    const parsed = parseValue(field, merged, { name, text: last?.mode === 'text' })
    if (parsed.wrong)
      throw usageError(parsed.wrong.map((problem) => ({ code: 'BAD_VALUE', message: `${sentence(path, problem)} (${label})` })))
    const finishing = finish[name]
    return finishing && parsed.value !== undefined ? finishing(parsed.value, path) : parsed.value
  }

  const missing = ({ name, field }: Variable): undefined => {
    if (field.fact) {
      const signals = registry.factSignals(name)
      const when =
        typeof field.fact === 'string' ? field.fact : signals ? `for what has the signal ${signals.join(' or ')}` : 'when a run is planned'
      fail(notKnown, `${through()} is not known here: it is known ${when}`)
    }
    if (field.required) {
      fail('VARIABLE_REQUIRED', `${name} has no value for ${label}`, `set ${name} in the config, or with --set ${name}=…: ${field.help}`)
    }
    return undefined
  }

  const origins = () =>
    registry.variables.map((variable): Origin => {
      try {
        const value = read(variable.name)
        const from = effective(variable).map(({ from }) => from.origin)
        return { name: variable.name, value, origin: [...new Set(from)].join(', ') || 'not set' }
      } catch (thrown) {
        if (!isDragonfabError(thrown)) throw thrown
        return { name: variable.name, value: undefined, origin: 'not known', unknown: thrown.problems[0]?.message ?? '' }
      }
    })

  return { env, read, origins }
}

/** `--set vars.port=8080` is a number where the config says a number. */
function kindOf(value: unknown): FieldKind {
  if (typeof value === 'number') return 'whole'
  if (typeof value === 'boolean') return 'flag'
  if (Array.isArray(value)) return 'list'
  return isPlain(value) ? 'table' : 'text'
}
