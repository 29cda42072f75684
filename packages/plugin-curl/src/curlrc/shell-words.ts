/** Splits text into words as a shell does, without expanding anything. Throws an Error that says what is wrong. */
export function splitShellWords(text: string): readonly string[] {
  const words: string[] = []
  let word: string | undefined
  let quote = ''
  for (let i = 0; i < text.length; i++) {
    const c = text[i] ?? ''
    if (quote) {
      if (c === quote) quote = ''
      else if (c === '\\' && quote === '"' && /["\\$`]/.test(text[i + 1] ?? '')) word += text[++i] ?? ''
      else word += c
    } else if (c === '"' || c === "'") {
      quote = c
      word ??= ''
    } else if (c === '\\') {
      if (i + 1 >= text.length) throw new Error('ends with a backslash')
      word = (word ?? '') + (text[++i] ?? '')
    } else if (/\s/.test(c)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = (word ?? '') + c
  }
  if (quote) throw new Error(`has a ${quote} that is not closed`)
  return word === undefined ? words : [...words, word]
}
