const placeholderPattern = /%%|%\(([^()\s]+)\)s/g

/** Puts values in for `%(name)s`. `%%` is a percent sign; any other `%` stands for itself. */
export function formatPlaceholders(text: string, value: (name: string) => string): string {
  return text.replace(placeholderPattern, (_, name: string | undefined) => (name === undefined ? '%' : value(name)))
}

/** The names that a text asks for. */
export function placeholderNames(text: string): readonly string[] {
  return [...text.matchAll(placeholderPattern)].flatMap((match) => match[1] ?? [])
}

/** The name, where the text is one `%(name)s` and nothing else: such a text may stand for a list or a number too. */
export function solePlaceholder(text: string): string | undefined {
  return /^%\(([^()\s]+)\)s$/.exec(text)?.[1]
}
