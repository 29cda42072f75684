/**
 * Several words as one command for a shell: what follows `--`. One word is shell text already; several are a program and its
 * arguments, each quoted, as the local shell had split them.
 */
export function joinCommand(words: readonly string[], quote: (word: string) => string): string {
  return words.length === 1 ? (words[0] ?? '') : words.map(quote).join(' ')
}
