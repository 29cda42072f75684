import measure from 'fast-string-truncated-width'

const options = { limit: Number.POSITIVE_INFINITY, ellipsis: '…' }

/** Columns that a text takes on a terminal; colours take none, wide characters two. */
export function widthOf(text: string): number {
  return measure(text).width
}

/** Cuts a text to this many columns, with `…` where something is left out; colours are ended. */
export function truncateText(text: string, columns: number): string {
  const { truncated: cut, ellipsed, index } = measure(text, { ...options, limit: columns })
  if (!cut) return text
  const kept = text.slice(0, index) + (ellipsed ? '…' : '')
  return kept.includes('\x1b[') ? `${kept}\x1b[0m` : kept
}
