/** The candidate that is probably meant: at most one mistake in three letters, where two swapped letters are one mistake. */
export function findClosest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined
  let least = Math.max(1, Math.floor(word.length / 3)) + 0.5
  for (const candidate of candidates) {
    const mistakes = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (mistakes < least) [best, least] = [candidate, mistakes]
  }
  return best
}

/** A remedy: `did you mean "production"?`, and all candidates if they are few enough to read. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const all = [...new Set(candidates)]
  const guess = findClosest(word, all)
  const list = all.length > 0 && all.length <= 12 ? `there ${all.length === 1 ? 'is' : 'are'}: ${all.join(', ')}` : undefined
  return [guess && `did you mean ${JSON.stringify(guess)}?`, list].filter(Boolean).join(' · ') || undefined
}

/** Edits from one word to the other (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let least = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, (before[j - 2] ?? 0) + 1)
      next.push(least)
    }
    before = row
    row = next
  }
  return row[b.length] ?? 0
}
