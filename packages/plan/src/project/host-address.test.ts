import { parseHost } from '@dragonfab/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describeAddress } from './host-address.ts'

describe('addresses', () => {
  it('are read again as they were', () => {
    const user = fc.option(fc.stringMatching(/^[a-z_][a-z0-9_.-]{0,9}$/), { nil: undefined })
    const host = fc
      .oneof(fc.domain(), fc.ipV4(), fc.ipV6(), fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,20}$/))
      .filter((name) => name !== 'local')
    const port = fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined })
    fc.assert(
      fc.property(user, host, port, (user, host, port) => {
        const address = { kind: 'ssh' as const, host, ...(port ? { port } : {}), ...(user ? { user } : {}) }
        expect(parseHost(describeAddress(address))).toEqual(address)
      }),
    )
  })
})
