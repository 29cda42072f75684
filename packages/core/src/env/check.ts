import { parseValue, show, unusableText } from '../config/parse.ts'
import type { Report } from '../project/report.ts'
import type { Variable } from '../project/types.ts'
import { isSecret } from '../secret.ts'
import { format, namesIn } from './format.ts'
import type { Contribution } from './layers.ts'
import { isPlain } from './merge.ts'
import type { Registry } from './registry.ts'

/** What can be said about a value before any host is known: its type, and the names in its `%(…)s`. */
export function checkContribution(registry: Registry, variable: Variable, { value, path, mode }: Contribution, report: Report): void {
  const { field, plugin } = variable
  const literal = mode === 'data' || field.kind === 'secretText'
  if (!literal) for (const { text, place } of textsOf(value, path)) checkNames(registry, text, place, report)
  if (plugin === 'vars') {
    for (const problem of varProblems(value)) report('BAD_VALUE', `${path}${problem}`)
  } else if (literal || !isLazy(value)) {
    const parsed = parseValue(field, literal ? value : unescaped(value), {
      name: variable.name,
      text: mode === 'text',
      partial: field.kind === 'table',
    })
    for (const problem of parsed.wrong ?? []) report('BAD_VALUE', sentence(path, problem))
  }
}

/** `keepReleases` and `should be …`; or `linkedFiles` and `[0] should be …`. */
export function sentence(path: string, problem: string): string {
  return /^[.[]/.test(problem) ? `${path}${problem}` : `${path} ${problem}`
}

function checkNames(registry: Registry, text: string, place: string, report: Report): void {
  for (const name of namesIn(text)) {
    const named = registry.find(name)
    if (!named)
      report('UNKNOWN_VARIABLE', `${place}: %(${name})s names no variable`, registry.suggest(name) ?? 'write %% for a percent sign')
    else if (named.field.kind === 'secretText') {
      report(
        'SECRET_FORMATTED',
        `${place}: %(${name})s is a secret, and secrets are never put into text`,
        'use it in a hook: sh keeps it hidden',
      )
    }
  }
}

/** Whether a value, or something in it, is only known when env is. */
function isLazy(value: unknown): boolean {
  if (typeof value === 'function') return true
  if (typeof value === 'string') return namesIn(value).length > 0
  if (Array.isArray(value)) return value.some(isLazy)
  return isPlain(value) && Object.values(value).some(isLazy)
}

/** A value without names in it, as it will be: `100%%` is `100%`. */
function unescaped(value: unknown): unknown {
  if (typeof value === 'string') return format(value, () => '')
  if (Array.isArray(value)) return value.map(unescaped)
  return isPlain(value) ? Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, unescaped(entry)])) : value
}

function textsOf(value: unknown, place: string): readonly { readonly text: string; readonly place: string }[] {
  if (typeof value === 'string') return [{ text: value, place }]
  if (Array.isArray(value)) return value.flatMap((entry, index) => textsOf(entry, `${place}[${index}]`))
  return isPlain(value) ? Object.entries(value).flatMap(([key, entry]) => textsOf(entry, `${place}.${key}`)) : []
}

/** A project's own variable may be anything that JSON can say, a secret, or a function of env. */
export function varProblems(value: unknown, place = ''): readonly string[] {
  if (value === null || value === undefined || typeof value === 'boolean' || typeof value === 'function' || isSecret(value)) return []
  if (typeof value === 'string') {
    const unusable = unusableText(value)
    return unusable ? [`${place} ${unusable}`] : []
  }
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [`${place} should be a number, not ${show(value)}`]
  if (Array.isArray(value)) return value.flatMap((entry, index) => varProblems(entry, `${place}[${index}]`))
  if (isPlain(value)) return Object.entries(value).flatMap(([key, entry]) => varProblems(entry, `${place}.${key}`))
  return [`${place} should be text, a number, true or false, a list, a table, or a secret`]
}
