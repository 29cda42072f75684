import { isPlain } from '../plain.ts'
import type { Field } from './fields.ts'

const flags: Readonly<Record<string, boolean>> = { true: true, yes: true, on: true, 1: true, false: false, no: false, off: false, 0: false }

/** Text of the command line as a value of the field's kind; what cannot be read stays text, for the field to refuse. */
export function fromText(field: Pick<Field, 'kind'>, text: string): unknown {
  const word = text.trim()
  switch (field.kind) {
    case 'flag':
      return Object.hasOwn(flags, word.toLowerCase()) ? flags[word.toLowerCase()] : text
    case 'whole':
      return /^[+-]?\d+$/.test(word) ? Number(word) : text
    case 'list':
      return word.startsWith('[') ? json(text, Array.isArray) : split(word)
    case 'table':
      return word.startsWith('{') ? json(text, isPlain) : pairs(word)
    default:
      return text
  }
}

const split = (text: string) =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')

function pairs(text: string): unknown {
  const entries = split(text).map((entry) => /^([^=]+)=(.*)$/s.exec(entry))
  if (entries.includes(null)) return text
  return Object.fromEntries(entries.map((entry) => [entry?.[1]?.trim() ?? '', entry?.[2] ?? '']))
}

function json(text: string, fits: (value: unknown) => boolean): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return fits(value) ? value : text
  } catch {
    return text
  }
}
