/** `web_mode:maintenance` as name and arguments. */
export interface CallWord {
  readonly name: string
  readonly args: readonly string[]
}

/**
 * Splits at the first `:` and then at commas. A backslash keeps a comma (`\,`) or a backslash (`\\`) as it is, as in Fabric.
 * `rollback:` has one empty argument, `rollback` none.
 */
export function parseWord(text: string): CallWord {
  const colon = text.indexOf(':')
  if (colon < 0) return { name: text, args: [] }
  const args: string[] = ['']
  for (const [piece] of text.slice(colon + 1).matchAll(/\\[\\,]|./gsu)) {
    if (piece === ',') args.push('')
    else args[args.length - 1] += piece.length === 2 && piece.startsWith('\\') ? piece.slice(1) : piece
  }
  return { name: text.slice(0, colon), args }
}

/** The inverse of {@link parseWord}. */
export function writeWord(word: CallWord): string {
  if (!word.args.length) return word.name
  return `${word.name}:${word.args.map((arg) => arg.replace(/[\\,]/g, '\\$&')).join(',')}`
}

/**
 * Several words as one command for a shell: what follows `--`. One word is shell text already; several are a program and its
 * arguments, each quoted, as the local shell had split them.
 */
export function joinCommand(words: readonly string[], quote: (word: string) => string): string {
  return words.length === 1 ? (words[0] ?? '') : words.map(quote).join(' ')
}
