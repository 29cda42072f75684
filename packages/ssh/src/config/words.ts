/** Splits a line of ssh_config into words. Handles single and double quotes, backslashes before quotes and backslashes, and a comment at the end. */
export function splitConfigWords(text: string): string[] | undefined {
  const words: string[] = []
  let i = 0
  while (i < text.length) {
    if (text[i] === ' ' || text[i] === '\t') {
      i++
      continue
    }
    if (text[i] === '#') break
    let word = ''
    let quote = ''
    for (; i < text.length; i++) {
      const c = text[i] ?? ''
      const next = text[i + 1] ?? ''
      if (c === '\\' && (next === '"' || next === "'" || next === '\\' || (quote === '' && next === ' '))) {
        word += next
        i++
      } else if (quote === '' && (c === ' ' || c === '\t')) break
      else if (quote === '' && (c === '"' || c === "'")) quote = c
      else if (quote !== '' && c === quote) quote = ''
      else word += c
    }
    if (quote !== '') return undefined
    words.push(word)
  }
  return words
}

/** Splits a line into keyword and rest. `undefined` for empty lines and comments. */
export function parseKeyword(line: string): { keyword: string; rest: string } | undefined {
  const match = /^[ \t]*"?([A-Za-z][A-Za-z0-9]*)"?(?:[ \t]*=[ \t]*|[ \t]+|$)(.*)$/.exec(line.replace(/[ \t\r\n\f]+$/, ''))
  return match?.[1] === undefined ? undefined : { keyword: match[1].toLowerCase(), rest: match[2] ?? '' }
}
