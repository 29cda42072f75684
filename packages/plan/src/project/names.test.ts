import { describe, expect, it } from 'vitest'
import { normalizeName } from './names.ts'

describe('spelling', () => {
  it.each([
    ['keepReleases', 'keep_releases'],
    ['keep-releases', 'keep_releases'],
    ['git.shallowClone', 'git_shallow_clone'],
    ['git-shallow-clone', 'git_shallow_clone'],
    ['gitShallowClone', 'git_shallow_clone'],
    ['vars.utf8Name', 'vars_utf8_name'],
  ])('%s → %s', (name, expected) => {
    expect(normalizeName(name)).toBe(expected)
    expect(normalizeName(normalizeName(name))).toBe(expected)
  })
})
