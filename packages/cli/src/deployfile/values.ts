import type { Variable } from '@dragonfab/core'
import { isTable } from './table.ts'

/** A scalar as Python writes it into text. */
const python = (value: unknown): unknown => (typeof value === 'boolean' ? (value ? 'True' : 'False') : value)
const text = (value: unknown): unknown => (typeof value === 'number' || typeof value === 'boolean' ? String(python(value)) : value)

/**
 * A value as fapistrano would have used it: Python formats numbers into text, takes 0 and 1 for truth values, and makes no difference between
 * a lone entry and a list of one.
 */
export function valueFor({ name, field }: Variable, value: unknown): unknown {
  if (value === null || value === undefined) return value
  if (name === 'linkedFiles') return [value].flat().map(mayBeMissing)
  if (name === 'dotenv') return isTable(value) ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, python(each)])) : value
  switch (field.kind) {
    case 'text':
    case 'secretText':
      return text(value)
    case 'list':
      return Array.isArray(value) ? value.map(text) : text(value)
    case 'flag':
      return truth(value)
    case 'whole':
      return typeof value === 'boolean' ? Number(value) : typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
    default:
      return value
  }
}

function truth(value: unknown): unknown {
  if (value === 1 || value === 'true' || value === 'True') return true
  return value === 0 || value === 'false' || value === 'False' ? false : value
}

/** fapistrano links files that are not there. A text that stands for a whole list stays. */
function mayBeMissing(entry: unknown): unknown {
  return typeof entry === 'string' && !/^%\([^()\s]+\)s$/.test(entry) ? { path: entry, missing: 'warn' } : entry
}
