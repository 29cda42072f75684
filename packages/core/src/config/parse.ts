import { isPlain } from '../plain.ts'
import { hide, isSecret } from '../secret.ts'
import type { Field } from './fields.ts'
import { fromText } from './text.ts'

/** A value as env holds it, or what is wrong with it, each as the end of a sentence (`should be text, not 5`). */
export type Parsed = { readonly value: unknown; readonly wrong?: undefined } | { readonly wrong: readonly string[] }

export interface ParseOptions {
  /** The dotted name; becomes a secret's label. */
  readonly name: string
  /** It comes from the command line, where everything is text. */
  readonly text?: boolean
  /** Part of a table that is still to be merged: the `check` waits. */
  readonly partial?: boolean
}

const wrong = (...messages: string[]): Parsed => ({ wrong: messages })

/** A value for people: short, on one line, never a secret. */
export function show(value: unknown): string {
  if (isSecret(value)) return 'a secret'
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  if (value === undefined || value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a table'
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 57)}…"` : text
}

/** Checks a value against its field. Wrong types are refused, never guessed, except that text from the command line is read. */
export function parseValue(field: Field, given: unknown, options: ParseOptions): Parsed {
  if (given === null || given === undefined)
    return field.required || field.fact || field.default !== undefined ? wrong('has no value') : { value: undefined }
  const value = options.text && typeof given === 'string' ? fromText(field, given) : given
  const parsed = kinds[field.kind](field, value, options)
  return parsed.wrong || options.partial ? parsed : checked(field, parsed.value)
}

const kinds: Readonly<Record<Field['kind'], (field: Field, value: unknown, options: ParseOptions) => Parsed>> = {
  text: (field, value) => textValue(field, value),
  flag: (_, value) => (typeof value === 'boolean' ? { value } : wrong(`should be true or false, not ${show(value)}`)),
  whole: (field, value) => {
    const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = field
    if (Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max) return { value }
    const bounds = [field.min !== undefined && `of at least ${field.min}`, field.max !== undefined && `of at most ${field.max}`]
      .filter(Boolean)
      .join(' and ')
    return wrong(`should be a whole number${bounds && ` ${bounds}`}, not ${show(value)}`)
  },
  list: (field, value, { text }) => {
    if (text && typeof value === 'string') return wrong(`should be a list, a,b or JSON, not ${show(value)}`)
    const entries = Array.isArray(value) ? value : [value]
    return collect(
      entries.map((entry, index) => [`[${index}]`, field.of ? made(field, entry, String(index)) : textValue(field, entry)]),
      (values) => values,
    )
  },
  table: (field, value) => {
    if (!isPlain(value)) return wrong(`should be a table of names and values, not ${show(value)}`)
    const entries = Object.entries(value).filter(([, entry]) => entry !== undefined)
    const keysWrong = entries.flatMap(([key]) => (badKey(field, key) ? [`has the name ${show(key)}, which is not allowed there`] : []))
    if (keysWrong.length) return { wrong: keysWrong }
    return collect(
      entries.map(([key, entry]) => [`.${key}`, field.of ? made(field, entry, key) : scalar(entry)]),
      (values) => Object.fromEntries(entries.map(([key], index) => [key, values[index]])),
    )
  },
  secretText: (_, value, { name }) => {
    if (isSecret(value)) return { value }
    if (typeof value !== 'string') return { wrong: ['should be text or a secret'] }
    const unusable = unusableText(value)
    return unusable ? wrong(unusable) : { value: hide(value, name) }
  },
}

/** What no shell and no UTF-8 text can hold. Half a pair would silently arrive as U+FFFD. */
export function unusableText(text: string): string | undefined {
  if (text.includes('\0')) return 'contains a NUL character'
  return /\p{Surrogate}/u.test(text) ? 'contains half of a surrogate pair, which is no character' : undefined
}

function badKey(field: Field, key: string): boolean {
  return unusableText(key) !== undefined || (field.keys !== undefined && !matches(field.keys, key))
}

function matches(pattern: RegExp, text: string): boolean {
  return new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace(/[gmy]/g, '')).test(text)
}

function textValue(field: Field, value: unknown): Parsed {
  if (typeof value !== 'string') return wrong(`should be text, not ${show(value)}${typeof value === 'number' ? ': put it in quotes' : ''}`)
  const unusable = unusableText(value)
  if (unusable) return wrong(unusable)
  if (field.choices && !field.choices.includes(value)) return wrong(`should be one of ${field.choices.join(', ')}, not ${show(value)}`)
  if (value === '' && !field.empty) return wrong('is empty')
  if (field.plain && value.startsWith('-')) return wrong(`starts with "-", so that a command would take it for an option: ${show(value)}`)
  if (field.plain && /[\x00-\x1f\x7f-\x9f\u2028\u2029]/.test(value)) return wrong(`contains a control character: ${show(value)}`)
  if (field.pattern && !matches(field.pattern, value))
    return wrong(`should ${field.shape ?? `match ${field.pattern.source}`}, not ${show(value)}`)
  return { value }
}

function scalar(value: unknown): Parsed {
  const unusable = typeof value === 'string' ? unusableText(value) : undefined
  if (unusable) return wrong(unusable)
  if (typeof value === 'string' || typeof value === 'boolean' || isSecret(value) || (typeof value === 'number' && Number.isFinite(value)))
    return { value }
  return wrong(`should be text, a number, true or false, or a secret, not ${show(value)}`)
}

function made(field: Field, value: unknown, key: string): Parsed {
  const unusable = typeof value === 'string' ? unusableText(value) : undefined
  if (unusable) return wrong(unusable)
  if (field.plain && typeof value === 'string') {
    const plain = textValue({ ...field, pattern: undefined, choices: undefined }, value)
    if (plain.wrong) return plain
  }
  try {
    return { value: field.of ? field.of(value, key) : value }
  } catch (thrown) {
    return wrong(`${thrown instanceof Error ? thrown.message : String(thrown)}, not ${show(value)}`)
  }
}

function collect(entries: readonly (readonly [place: string, parsed: Parsed])[], build: (values: readonly unknown[]) => unknown): Parsed {
  const problems = entries.flatMap(([place, { wrong }]) =>
    (wrong ?? []).map((message) => (message.startsWith('[') ? `${place}${message}` : `${place} ${message}`)),
  )
  return problems.length
    ? { wrong: problems }
    : { value: build(entries.map(([, parsed]) => ('value' in parsed ? parsed.value : undefined))) }
}

function checked(field: Field, value: unknown): Parsed {
  if (!field.check) return { value }
  const result = field.check['~standard'].validate(value)
  if ('then' in result) return wrong('has a check that takes time: a check must answer at once')
  if (!result.issues) return { value: result.value }
  return {
    wrong: result.issues.map(({ message, path = [] }) => {
      const place = path.map((key) => `.${String(typeof key === 'object' ? key.key : key)}`).join('')
      return `${place}${place && ' '}is not right: ${message}`
    }),
  }
}
