import measure from 'fast-string-truncated-width'

/**
 * Makes text of a host safe for a terminal: removes colours and escapes every other control character (and those that change the writing
 * direction), so that a host cannot move the cursor, set the title or hide a line. Newlines and tabs stay.
 */
export function escapeControls(text: string): string {
  return text
    .replace(/\x1b\[[0-9;:]*m/g, '')
    .replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, (character) => {
      const code = character.charCodeAt(0)
      return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`
    })
}

const options = { limit: Number.POSITIVE_INFINITY, ellipsis: '…' }

/** The number of columns that a text takes on a terminal. Colours take none, wide characters take two. */
export function widthOf(text: string): number {
  return measure(text).width
}

/** Cuts a text to this many columns, with `…` at the cut. Colours are reset. */
export function truncateText(text: string, columns: number): string {
  const { truncated: cut, ellipsed, index } = measure(text, { ...options, limit: columns })
  if (!cut) return text
  const start = text.slice(0, index) + (ellipsed ? '…' : '')
  return start.includes('\x1b[') ? `${start}\x1b[0m` : start
}

const codes = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39], blue: [34, 39], cyan: [36, 39] } as const
export type Colour = keyof typeof codes
export type Paint = (colour: Colour, text: string) => string

export const paintPlain: Paint = (_colour, text) => text
export const paintColoured: Paint = (colour, text) => `\x1b[${codes[colour][0]}m${text}\x1b[${codes[colour][1]}m`

type ColourEnvironment = Readonly<Record<string, string | undefined>>

/** Whether to use colours: `FORCE_COLOR` and `NO_COLOR` (no-color.org) decide, else whether the output is a terminal. */
export function wantsColour(isTerminal: boolean, environment: ColourEnvironment): boolean {
  const force = environment.FORCE_COLOR
  if (force !== undefined && force !== '') return force !== '0' && force !== 'false'
  if (environment.NO_COLOR) return false
  return isTerminal && environment.TERM !== 'dumb'
}

/** `0.3s`, `12.0s`, `2m05s`, `1h02m`. */
export function formatDuration(ms: number): string {
  if (ms < 59_950) return `${(Math.max(0, ms) / 1000).toFixed(1)}s`
  const seconds = Math.round(ms / 1000)
  const two = (value: number): string => String(value).padStart(2, '0')
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`
  return `${Math.floor(seconds / 3600)}h${two(Math.floor((seconds % 3600) / 60))}m`
}

export function formatCount(amount: number, one: string, many = `${one}s`): string {
  return `${amount} ${amount === 1 ? one : many}`
}

/** The names if they are few (`web1, web2`), else their number (`20 hosts`). */
export function formatHosts(names: readonly string[], few = 3): string {
  return names.length <= few ? names.join(', ') : formatCount(names.length, 'host')
}
