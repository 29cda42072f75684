import { describe, expect, it } from 'vitest'
import { linkTextOf } from './layout.ts'

const layout = { path: '/srv/a', releasesPath: '/srv/a/releases', sharedPath: '/srv/a/shared', currentPath: '/srv/a/current' }

describe('the text of current', () => {
  it('is relative if the releases are beside it or below', () => {
    expect(linkTextOf(layout, 'x')).toBe('releases/x')
    expect(linkTextOf({ ...layout, releasesPath: '/srv/a/deep/releases' }, 'x')).toBe('deep/releases/x')
    expect(linkTextOf({ ...layout, currentPath: '/current', releasesPath: '/releases' }, 'x')).toBe('releases/x')
  })

  it('is absolute otherwise', () => {
    expect(linkTextOf({ ...layout, releasesPath: '/data/releases' }, 'x')).toBe('/data/releases/x')
    expect(linkTextOf({ ...layout, currentPath: '/srv/ab/current', releasesPath: '/srv/a/releases' }, 'x')).toBe('/srv/a/releases/x')
  })
})
