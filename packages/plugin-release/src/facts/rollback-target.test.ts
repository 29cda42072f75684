import { isDragonfabError } from '@dragonfab/core'
import { describe, expect, it } from 'vitest'
import { findPredecessor, type HostReleases } from './host-releases.ts'
import { chooseRollbackTarget } from './rollback-target.ts'

describe('the target of a rollback for a fleet', () => {
  const has = (current: string | undefined, all: string, bad = ''): HostReleases => ({
    current,
    all: all.split(' '),
    bad: bad.split(' ').filter(Boolean),
  })
  const refused = (hosts: Record<string, HostReleases>, asked?: string) => {
    try {
      return chooseRollbackTarget(hosts, asked)
    } catch (error) {
      if (!isDragonfabError(error)) throw error
      return { status: error.status, problems: error.problems.map(({ host: name, message, remedy }) => [name, message, remedy]) }
    }
  }

  it('is the one before the live one, where all agree', () => {
    expect(chooseRollbackTarget({ a: has('C', 'C B A'), b: has('C', 'C B') })).toBe('B')
    expect(findPredecessor(has('C', 'C B A', 'C B'))).toBe('A')
  })

  it('is refused where a host lacks it, with what each has and what all have', () => {
    expect(refused({ a: has('C', 'C B A'), b: has('C', 'C A') })).toEqual({
      status: 1,
      problems: [
        [
          'a',
          'a rollback would lead to B here, and elsewhere on other hosts (live: C, good: C B A)',
          'name one that all hosts have: rollback:A',
        ],
        [
          'b',
          'a rollback would lead to A here, and elsewhere on other hosts (live: C, good: C A)',
          'name one that all hosts have: rollback:A',
        ],
      ],
    })
    expect(refused({ a: has('C', 'C B'), b: has('C', 'C') })).toMatchObject({
      problems: [
        ['a', expect.stringContaining('lead to B'), expect.stringContaining('deploy again')],
        ['b', 'there is no known-good release before the live one (live: C, good: C)', expect.anything()],
      ],
    })
  })

  it('MUL-05: is refused where hosts run different releases, unless it is named', () => {
    const hosts = { a: has('C', 'C B A'), b: has('B', 'C B A') }
    expect(refused(hosts)).toMatchObject({
      status: 1,
      problems: [
        ['a', expect.anything(), 'name one that all hosts have: rollback:A'],
        ['b', expect.anything(), expect.anything()],
      ],
    })
    expect(chooseRollbackTarget(hosts, 'A')).toBe('A')
    expect(chooseRollbackTarget(hosts, 'B')).toBe('B')
  })

  it('that is named must be good everywhere, and not live everywhere', () => {
    const hosts = { a: has('C', 'C B A', 'B'), b: has('C', 'C A') }
    expect(refused(hosts, 'B')).toMatchObject({
      problems: [
        ['a', 'release B is marked bad (live: C, good: C A, bad: B)', expect.anything()],
        ['b', 'there is no complete release B (live: C, good: C A)', expect.anything()],
      ],
    })
    expect(refused(hosts, 'C')).toMatchObject({
      problems: [
        ['a', expect.stringContaining('live already'), expect.anything()],
        ['b', expect.anything(), expect.anything()],
      ],
    })
    expect(refused(hosts, '../x')).toMatchObject({ status: 2 })
  })
})
