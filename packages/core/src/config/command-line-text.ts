import { isPlainObject } from '../plain.ts'
import type { Field } from './fields.ts'

const flagWords = { yes: ['true', 'yes', 'on', '1'], no: ['false', 'no', 'off', '0'] }

/** Reads text from the command line as a value of the field's kind. Text that cannot be read is returned as it is, for the field to refuse. */
export function parseCommandLineText(field: Pick<Field, 'kind'>, text: string): unknown {
  const word = text.trim()
  switch (field.kind) {
    case 'flag':
      if (flagWords.yes.includes(word.toLowerCase())) return true
      return flagWords.no.includes(word.toLowerCase()) ? false : text
    case 'whole':
      return /^[+-]?\d+$/.test(word) ? Number(word) : text
    case 'list':
      return word.startsWith('[') ? parseJson(text, Array.isArray) : splitList(word)
    case 'table':
      return word.startsWith('{') ? parseJson(text, isPlainObject) : parsePairs(word)
    default:
      return text
  }
}

const splitList = (text: string) =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')

function parsePairs(text: string): unknown {
  const entries = splitList(text).map((entry) => /^([^=]+)=(.*)$/s.exec(entry))
  if (entries.includes(null)) return text
  return Object.fromEntries(entries.map((entry) => [entry?.[1]?.trim() ?? '', entry?.[2] ?? '']))
}

function parseJson(text: string, fits: (value: unknown) => boolean): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return fits(value) ? value : text
  } catch {
    return text
  }
}
