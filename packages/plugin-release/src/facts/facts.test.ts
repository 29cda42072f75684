import { expect, it } from 'vitest'
import { releaseName } from '../layout.ts'
import { releaseId } from './facts.ts'

it('REL-01: names a release after the UTC time, with a suffix if that name is taken', () => {
  const now = new Date('2025-03-09T23:04:05.678-02:00')
  expect([0, 1, 2].map((attempt) => releaseId(now, attempt))).toEqual(['250310-010405', '250310-010405-2', '250310-010405-3'])
  expect(releaseId(now, 1)).toMatch(releaseName)
})
