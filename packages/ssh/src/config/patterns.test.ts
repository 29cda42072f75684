import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matchesList, matchesPattern } from './patterns.ts'

describe('a pattern', () => {
  it('means what its regular expression means', () => {
    const some = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '?') })
    fc.assert(
      fc.property(some, some, (text, pattern) => {
        const expression = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.')}$`)
        expect(matchesPattern(text, pattern)).toBe(expression.test(text))
      }),
    )
  })

  it('takes no exponential time', () => {
    const began = performance.now()
    expect(matchesPattern('a'.repeat(5_000), `${'*a'.repeat(200)}*b`)).toBe(false)
    expect(performance.now() - began).toBeLessThan(2_000)
  })
})

describe('a list of patterns', () => {
  it('is ruled out by one negation that matches, wherever it stands', () => {
    expect(matchesList('web1', ['web*'])).toBe(true)
    expect(matchesList('web1', ['web*', '!web1'])).toBe(false)
    expect(matchesList('web1', ['!web1', 'web*'])).toBe(false)
    expect(matchesList('web1', ['!web2'])).toBe(false)
    expect(matchesList('web1', [])).toBe(false)
  })
})
