import { isPlainObject, mapTree } from '../plain.ts'
import { hide, isSecret } from '../secret.ts'
import { parseCommandLineText } from './command-line-text.ts'
import type { Field } from './fields.ts'

/** The value for env, or what is wrong with it: each fault is the end of a sentence (`should be text, not 5`). */
export type Parsed = { readonly value: unknown; readonly faults?: undefined } | { readonly faults: readonly string[] }

export interface ParseOptions {
  /** The variable's dotted name, which becomes a secret's label. */
  readonly name: string
  /** It comes from the command line, where everything is text. */
  readonly text?: boolean
  /** Part of a table that will be merged with other layers, so `check` does not run yet. */
  readonly partial?: boolean
}

const refuse = (...messages: string[]): Parsed => ({ faults: messages })

/** A value for people: short, on one line, never a secret. */
export function describeValue(value: unknown): string {
  if (isSecret(value)) return 'a secret'
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  if (value === undefined || value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a table'
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 57)}…"` : text
}

/** Checks a value against its field. Wrong types are refused and never converted; only text from the command line is. */
export function parseValue(field: Field, given: unknown, options: ParseOptions): Parsed {
  if (given === null || given === undefined)
    return field.required || field.fact || field.default !== undefined ? refuse('has no value') : { value: undefined }
  const value = options.text && typeof given === 'string' ? parseCommandLineText(field, given) : given
  const parsed = parsersByKind[field.kind](field, value, options)
  return parsed.faults || options.partial ? parsed : runCheck(field, parsed.value)
}

const parsersByKind: Readonly<Record<Field['kind'], (field: Field, value: unknown, options: ParseOptions) => Parsed>> = {
  text: (field, value) => parseText(field, value),
  flag: (_, value) => (typeof value === 'boolean' ? { value } : refuse(`should be true or false, not ${describeValue(value)}`)),
  whole: (field, value) => {
    const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = field
    if (Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max) return { value }
    const bounds = [field.min !== undefined && `of at least ${field.min}`, field.max !== undefined && `of at most ${field.max}`]
      .filter(Boolean)
      .join(' and ')
    return refuse(`should be a whole number${bounds && ` ${bounds}`}, not ${describeValue(value)}`)
  },
  list: (field, value, { text }) => {
    if (text && typeof value === 'string') return refuse(`should be a list, a,b or JSON, not ${describeValue(value)}`)
    const entries = Array.isArray(value) ? value : [value]
    return collectEntries(
      entries.map((entry, index) => [`[${index}]`, field.parse ? coerceEntry(field, entry, String(index)) : parseText(field, entry)]),
      (values) => values,
    )
  },
  table: (field, value) => {
    if (!isPlainObject(value)) return refuse(`should be a table of names and values, not ${describeValue(value)}`)
    const entries = Object.entries(value).filter(([, entry]) => entry !== undefined)
    const keysWrong = entries.flatMap(([key]) => (isBadKey(field, key) ? [`has the name ${describeValue(key)}, which is not allowed`] : []))
    if (keysWrong.length) return { faults: keysWrong }
    return collectEntries(
      entries.map(([key, entry]) => [`.${key}`, field.parse ? coerceEntry(field, entry, key) : parseScalar(entry)]),
      (values) => Object.fromEntries(entries.map(([key], index) => [key, values[index]])),
    )
  },
  secretText: (_, value, { name }) => {
    if (isSecret(value)) return { value }
    if (typeof value !== 'string') return { faults: ['should be text or a secret'] }
    const unusable = describeUnusableText(value)
    return unusable ? refuse(unusable) : { value: hide(value, name) }
  },
  any: (_, value) => {
    const faults: string[] = []
    mapTree(value, (leaf, path) => {
      if (leaf === null || leaf === undefined || typeof leaf === 'function') return
      const { faults: wrong = [] } = parseScalar(leaf)
      faults.push(...wrong.map((message) => toSentence(path, message).trimStart()))
    })
    return faults.length ? { faults } : { value }
  },
}

/** Joins `keepReleases` and `should be …`, or `linkedFiles` and `[0] should be …`. */
export function toSentence(path: string, fault: string): string {
  return /^[.[]/.test(fault) ? `${path}${fault}` : `${path} ${fault}`
}

/** What a shell or UTF-8 text cannot contain. Half a surrogate pair would silently become U+FFFD. */
function describeUnusableText(text: string): string | undefined {
  if (text.includes('\0')) return 'contains a NUL character'
  return /\p{Surrogate}/u.test(text) ? 'contains half of a surrogate pair, which is not a character' : undefined
}

function isBadKey(field: Field, key: string): boolean {
  return describeUnusableText(key) !== undefined || (field.keys !== undefined && !matches(field.keys, key))
}

function matches(pattern: RegExp, text: string): boolean {
  return new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace(/[gmy]/g, '')).test(text)
}

function parseText(field: Field, value: unknown): Parsed {
  if (typeof value !== 'string')
    return refuse(`should be text, not ${describeValue(value)}${typeof value === 'number' ? ': put it in quotes' : ''}`)
  const unusable = describeUnusableText(value)
  if (unusable) return refuse(unusable)
  if (field.choices && !field.choices.includes(value))
    return refuse(`should be one of ${field.choices.join(', ')}, not ${describeValue(value)}`)
  if (value === '' && !field.allowEmpty) return refuse('is empty')
  if (field.operand && value.startsWith('-'))
    return refuse(`starts with "-", so a command would take it for an option: ${describeValue(value)}`)
  if (field.operand && /[\x00-\x1f\x7f-\x9f\u2028\u2029]/.test(value))
    return refuse(`contains a control character: ${describeValue(value)}`)
  if (field.pattern && !matches(field.pattern, value))
    return refuse(`should ${field.expected ?? `match ${field.pattern.source}`}, not ${describeValue(value)}`)
  return { value }
}

function parseScalar(value: unknown): Parsed {
  const unusable = typeof value === 'string' ? describeUnusableText(value) : undefined
  if (unusable) return refuse(unusable)
  if (typeof value === 'string' || typeof value === 'boolean' || isSecret(value) || (typeof value === 'number' && Number.isFinite(value)))
    return { value }
  return refuse(`should be text, a number, true or false, or a secret, not ${describeValue(value)}`)
}

function coerceEntry(field: Field, value: unknown, key: string): Parsed {
  const unusable = typeof value === 'string' ? describeUnusableText(value) : undefined
  if (unusable) return refuse(unusable)
  if (field.operand && typeof value === 'string') {
    const refused = parseText({ ...field, pattern: undefined, choices: undefined }, value)
    if (refused.faults) return refused
  }
  try {
    return { value: field.parse ? field.parse(value, key) : value }
  } catch (thrown) {
    return refuse(`${thrown instanceof Error ? thrown.message : String(thrown)}, not ${describeValue(value)}`)
  }
}

function collectEntries(
  entries: readonly (readonly [position: string, parsed: Parsed])[],
  build: (values: readonly unknown[]) => unknown,
): Parsed {
  const problems = entries.flatMap(([position, { faults: wrong }]) => (wrong ?? []).map((message) => toSentence(position, message)))
  return problems.length
    ? { faults: problems }
    : { value: build(entries.map(([, parsed]) => ('value' in parsed ? parsed.value : undefined))) }
}

function runCheck(field: Field, value: unknown): Parsed {
  if (!field.check) return { value }
  const result = field.check['~standard'].validate(value)
  if ('then' in result) return refuse('has an asynchronous check: a check must return its result at once')
  if (!result.issues) return { value: result.value }
  return {
    faults: result.issues.map(({ message, path = [] }) => {
      const position = path.map((key) => `.${String(typeof key === 'object' ? key.key : key)}`).join('')
      return `${position}${position && ' '}is not right: ${message}`
    }),
  }
}
