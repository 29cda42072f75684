import { usageError } from '../errors.ts'
import { isSecret, type Secret } from '../secret.ts'
import { type Fragment, isFragment, makeFragment, type Part } from './fragment.ts'
import { isCall } from './function.ts'
import { quote } from './quote.ts'

/** What may be interpolated: a value becomes one quoted word, a list several words, a fragment its text. */
export type ShellValue = string | number | bigint | boolean | Secret | Fragment | readonly ShellValue[]

export interface Sh {
  /**
   * Builds shell text. Interpolated values are quoted: `` sh`rm -f -- ${file}` ``. Lists become several words; fragments nest.
   * Refuses undefined, null, objects, promises, and `"${x}"` inside quotes, where the quoting would be wrong.
   * Quoting does not stop option injection: write `--` before operands.
   */
  (strings: TemplateStringsArray, ...values: readonly ShellValue[]): Fragment
  /** Text as it is. Never use it for text from a user or a host. */
  raw(text: string): Fragment
  /** Joins fragments with a separator, a newline by default. Falsy ones are left out. */
  join(fragments: readonly (Fragment | null | undefined | false)[], separator?: string): Fragment
}

function toParts(value: ShellValue, position: string): readonly Part[] {
  if (isFragment(value)) return value.parts
  if (isSecret(value)) return [{ secret: value }]
  if (Array.isArray(value))
    return value.flatMap((each: ShellValue, index) => (index ? [' ', ...toParts(each, position)] : toParts(each, position)))
  if (typeof value === 'string') {
    quote(value)
    return [{ word: value }]
  }
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return [{ word: String(value) }]
  throw usageError({
    code: 'SHELL_VALUE',
    message: `sh cannot take ${value === null ? 'null' : typeof value} in \`${position}\``,
    remedy: 'interpolate strings, numbers, booleans, secrets, lists of these, or other sh fragments',
  })
}

/** The quote that is open at the end of `text`, if `open` was open at its start. Here-documents are not followed. */
function findOpenQuote(text: string, open: string): string {
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (open === "'") {
      if (c === "'") open = ''
    } else if (c === '\\') i++
    else if (open === '"') {
      if (c === '"') open = ''
    } else if (c === '"' || c === "'") open = c
    else if (c === '#' && (i === 0 || /\s/.test(text[i - 1] ?? ' '))) {
      const end = text.indexOf('\n', i)
      if (end < 0) return ''
      i = end
    }
  }
  return open
}

/** A template is written once and filled in for every host. */
const literalsCache = new WeakMap<TemplateStringsArray, readonly string[]>()

function readLiterals(strings: TemplateStringsArray): readonly string[] {
  const text = literalsCache.get(strings) ?? dedentTemplate(strings)
  literalsCache.set(strings, text)
  return text
}

/** The template's own text as its author wrote it, without the indentation of the surrounding TypeScript. */
function dedentTemplate(strings: TemplateStringsArray): readonly string[] {
  // `raw`, so that `\n` and `\$` reach the shell as written; only what a template literal itself must escape is unescaped.
  const written = strings.raw.map((text) => text.replace(/\\(`|\$\{)/g, '$1'))
  const indents = written.flatMap((text, index) =>
    [...text.matchAll(/\n([ \t]*)(?=([^\n]?))/g)]
      .filter((match) => match[2] !== '' || !isTrailingBlank(text, match, index, written.length))
      .map((match) => (match[1] ?? '').length),
  )
  const indent = indents.length ? Math.min(...indents) : 0
  return written.map((text, index) => {
    let body = text.replace(new RegExp(`\\n[ \\t]{0,${indent}}`, 'g'), '\n')
    if (index === 0) body = body.replace(/^[ \t]*\n/, '')
    if (index === written.length - 1) body = body.replace(/\n[ \t]*$/, '')
    return body
  })
}

/** Empty lines do not count for the indentation. A newline directly before an interpolation does. */
function isTrailingBlank(text: string, match: RegExpMatchArray, index: number, count: number): boolean {
  const atEnd = (match.index ?? 0) + match[0].length === text.length
  return !atEnd || index === count - 1
}

function template(strings: TemplateStringsArray, ...values: readonly ShellValue[]): Fragment {
  const parts: Part[] = []
  let open = ''
  readLiterals(strings).forEach((written, index) => {
    parts.push(written)
    open = findOpenQuote(written, open)
    if (index >= values.length) return
    const position = `${written.slice(-20)}\${…}`
    if (open && !isCall(values[index])) {
      throw usageError({
        code: 'SHELL_QUOTED',
        message: `a value is inside ${open === '"' ? 'double' : 'single'} quotes in \`${position}\``,
        remedy: 'leave the quotes out: sh quotes what is interpolated',
      })
    }
    parts.push(...toParts(values[index] as ShellValue, position))
  })
  return makeFragment(parts)
}

export const sh: Sh = Object.assign(template, {
  raw: (text: string) => makeFragment([text]),
  join: (fragments: readonly (Fragment | null | undefined | false)[], separator = '\n') =>
    makeFragment(fragments.filter((each) => !!each).flatMap((each, index) => (index ? [separator, ...each.parts] : each.parts))),
})
