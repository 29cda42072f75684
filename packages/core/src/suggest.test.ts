import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { didYouMean, findClosest } from './suggest.ts'

const words = ['keepReleases', 'linkedFiles', 'linkedDirs', 'path', 'git', 'hosts', 'production']

describe('closest', () => {
  it.each([
    ['keepRelases', 'keepReleases'],
    ['keeprelease', 'keepReleases'],
    ['linkedFile', 'linkedFiles'],
    ['pth', 'path'],
    ['gti', 'git'],
    ['prodcution', 'production'],
    ['PATH', 'path'],
    ['banana', undefined],
    ['x', undefined],
  ])('%s → %s', (word, expected) => {
    expect(findClosest(word, words)).toBe(expected)
  })

  it('finds every word that has one mistake', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('keepReleases', 'linkedDirs', 'production'),
        fc.nat({ max: 9 }),
        fc.constantFrom('drop', 'double', 'swap'),
        (word, at, mistake) => {
          const [head, one, two, rest] = [word.slice(0, at), word[at] ?? '', word[at + 1] ?? '', word.slice(at + 2)]
          const misspelt = { drop: head + two + rest, double: head + one + one + two + rest, swap: head + two + one + rest }[mistake]
          expect(findClosest(misspelt, words)).toBe(word)
        },
      ),
    )
  })

  it('lists what there is if nothing is similar', () => {
    expect(didYouMean('banana', ['a', 'b'])).toBe('there are: a, b')
    expect(didYouMean('gti', ['git'])).toBe('did you mean "git"? · there is: git')
    expect(didYouMean('banana', [])).toBeUndefined()
    expect(
      didYouMean(
        'banana',
        Array.from({ length: 20 }, (_, i) => `very different ${i}`),
      ),
    ).toBeUndefined()
  })
})
