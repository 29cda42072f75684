/** Matches one pattern of ssh_config or known_hosts: only `*` and `?` are special. */
export function matchesPattern(text: string, pattern: string): boolean {
  // Not a regular expression, because `*a*a*a*…` in an untrusted known_hosts file must not take exponential time.
  let t = 0
  let p = 0
  let star = -1
  let from = 0
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++
      from = t
    } else if (pattern[p] === '?' || (p < pattern.length && pattern[p] === text[t])) {
      p++
      t++
    } else if (star >= 0) {
      p = star + 1
      t = ++from
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}

/** Matches a list of patterns: at least one must match, and none that starts with `!`. */
export function matchesList(text: string, patterns: readonly string[]): boolean {
  let matched = false
  for (const pattern of patterns) {
    const negated = pattern.startsWith('!')
    if (!matchesPattern(text, negated ? pattern.slice(1) : pattern)) continue
    if (negated) return false
    matched = true
  }
  return matched
}
