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
  const refusalOf = (hosts: Record<string, HostReleases>, asked?: string) => {
    try {
      return chooseRollbackTarget(hosts, asked)
    } catch (error) {
      if (!isDragonfabError(error)) throw error
      return { status: error.status, problems: error.problems.map(({ host: name, message, remedy }) => [name, message, remedy]) }
    }
  }

  it('is the release before the live one if all hosts agree', () => {
    expect(chooseRollbackTarget({ a: has('C', 'C B A'), b: has('C', 'C B') })).toBe('B')
    expect(findPredecessor(has('C', 'C B A', 'C B'))).toBe('A')
  })

  it('is refused if a host lacks it, and the error lists the releases of each host and a common one', () => {
    expect(refusalOf({ a: has('C', 'C B A'), b: has('C', 'C A') })).toEqual({
      status: 1,
      problems: [
        [
          'a',
          'a rollback would lead to B on this host, but to another release on others (live: C, good: C B A)',
          'name one that all hosts have: rollback:A',
        ],
        [
          'b',
          'a rollback would lead to A on this host, but to another release on others (live: C, good: C A)',
          'name one that all hosts have: rollback:A',
        ],
      ],
    })
    expect(refusalOf({ a: has('C', 'C B'), b: has('C', 'C') })).toMatchObject({
      problems: [
        ['a', expect.stringContaining('lead to B'), expect.stringContaining('deploy again')],
        ['b', 'there is no known-good release before the live one (live: C, good: C)', expect.anything()],
      ],
    })
  })

  it('MUL-05: must be named if hosts run different releases', () => {
    const hosts = { a: has('C', 'C B A'), b: has('B', 'C B A') }
    expect(refusalOf(hosts)).toMatchObject({
      status: 1,
      problems: [
        ['a', expect.anything(), 'name one that all hosts have: rollback:A'],
        ['b', expect.anything(), expect.anything()],
      ],
    })
    expect(chooseRollbackTarget(hosts, 'A')).toBe('A')
    expect(chooseRollbackTarget(hosts, 'B')).toBe('B')
  })

  it('must be good on all hosts if it is named, and must not be live on all of them', () => {
    const hosts = { a: has('C', 'C B A', 'B'), b: has('C', 'C A') }
    expect(refusalOf(hosts, 'B')).toMatchObject({
      problems: [
        ['a', 'release B is marked bad (live: C, good: C A, bad: B)', expect.anything()],
        ['b', 'there is no complete release B (live: C, good: C A)', expect.anything()],
      ],
    })
    expect(refusalOf(hosts, 'C')).toMatchObject({
      problems: [
        ['a', expect.stringContaining('live already'), expect.anything()],
        ['b', expect.anything(), expect.anything()],
      ],
    })
    expect(refusalOf(hosts, '../x')).toMatchObject({ status: 2 })
  })
})
