import { describe, expect, it } from 'vitest'
import { buildHostConfig } from '../config/host-config.ts'
import { parseRawConfig } from '../config/raw-config.ts'
import { findDestination, parseJump } from './destination.ts'

const target = { host: 'web1', directory: '/project' }

describe('a jump host', () => {
  it.each([
    ['jump', { host: 'jump' }],
    ['bob@jump', { host: 'jump', user: 'bob' }],
    ['bob@jump:2222', { host: 'jump', user: 'bob', port: 2222 }],
    ['[::1]:2222', { host: '::1', port: 2222 }],
    ['::1', { host: '::1' }],
    ['ssh://bob@jump:2222/', { host: 'jump', user: 'bob', port: 2222 }],
    ['a@b@jump', { host: 'jump', user: 'a@b' }],
  ])('is read from %s', (text, jump) => {
    expect(parseJump(text, target)).toEqual(jump)
  })

  it.each(['-oProxyCommand=x', '', 'a;b', 'jump:0'])('is refused where it cannot be one: %j', (text) => {
    expect(() => parseJump(text, target)).toThrow(expect.objectContaining({ code: 'SSH_TARGET' }))
  })
})

describe('a destination', () => {
  const configs: Record<string, string> = { web1: 'proxyjump a,b', a: 'proxyjump c', b: 'proxyjump never', c: '' }
  const resolve = async ({ host, port }: { host: string; port?: number | undefined }) =>
    buildHostConfig(
      host,
      parseRawConfig(`hostname ${host}.org\nport ${port ?? 22}\nuser me\nidentityfile /own\nuserknownhostsfile /u\n${configs[host] ?? ''}`),
    )

  it('is reached through its jump hosts, the first of which may have its own', async () => {
    const found = await findDestination(target, resolve)
    const names: string[] = []
    for (let each: typeof found | undefined = found; each; each = each.via) names.push(each.name)
    expect(names).toEqual(['web1', 'b', 'a', 'c'])
    expect(found.address).toBe('web1.org port 22 (through b)')
  })

  it('takes keys and known_hosts of the target before those of ssh_config, also for jump hosts', async () => {
    const found = await findDestination({ ...target, identityFiles: ['./key'], knownHosts: ['./known', '/etc/known'] }, resolve)
    expect(found).toMatchObject({
      knownHosts: ['/project/known', '/etc/known'],
      learnTo: '/project/known',
      config: { identityFiles: ['/project/key'] },
    })
    expect(found.via).toMatchObject({ knownHosts: ['/project/known', '/etc/known'], config: { identityFiles: ['/project/key', '/own'] } })
  })

  it('shares a connection with its equal, and with no other', async () => {
    const key = async (more: object) => (await findDestination({ ...target, host: 'c', ...more }, resolve)).connectionKey
    expect(await key({})).toBe(await key({}))
    const different = await Promise.all([
      key({}),
      key({ port: 23 }),
      key({ host: 'd' }),
      key({ knownHosts: './k' }),
      key({ strictHostKeys: 'yes' }),
      key({ identityFiles: ['k'] }),
    ])
    expect(new Set(different).size).toBe(different.length)
  })
})
