import type { Variable } from '@dragonfab/core'
import { isTable } from './table.ts'

/** A scalar as Python formats it. */
const formatPython = (value: unknown): unknown => (typeof value === 'boolean' ? (value ? 'True' : 'False') : value)
const formatText = (value: unknown): unknown =>
  typeof value === 'number' || typeof value === 'boolean' ? String(formatPython(value)) : value

/**
 * Converts a value as fapistrano would use it: Python formats numbers as text, 0 and 1 are truth values, and a single entry is the same as a
 * list of one.
 */
export function convertValue({ name, field }: Variable, value: unknown): unknown {
  if (value === null || value === undefined) return value
  if (name === 'linkedFiles') return [value].flat().map(allowMissing)
  if (name === 'dotenv')
    return isTable(value) ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, formatPython(each)])) : value
  switch (field.kind) {
    case 'text':
    case 'secretText':
      return formatText(value)
    case 'list':
      return Array.isArray(value) ? value.map(formatText) : formatText(value)
    case 'flag':
      return readTruth(value)
    case 'whole':
      return typeof value === 'boolean' ? Number(value) : typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
    default:
      return value
  }
}

function readTruth(value: unknown): unknown {
  if (value === 1 || value === 'true' || value === 'True') return true
  return value === 0 || value === 'false' || value === 'False' ? false : value
}

/** fapistrano links files that do not exist. A placeholder for a whole list is not changed. */
function allowMissing(entry: unknown): unknown {
  return typeof entry === 'string' && !/^%\([^()\s]+\)s$/.test(entry) ? { path: entry, missing: 'warn' } : entry
}

/** The same text for all spellings of a name. */
export function normalizeName(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[.-]/g, '_')
}

/** Finds the variable for a key, in any spelling and by any of its names. */
export function findVariable(variables: readonly Variable[], key: string): Variable | undefined {
  return variables.find(({ name, aliases }) => [name, ...aliases].some((each) => normalizeName(each) === normalizeName(key)))
}
