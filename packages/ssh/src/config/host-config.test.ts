import { describe, expect, it } from 'vitest'
import { buildHostConfig } from './host-config.ts'
import { parseRawConfig } from './raw-config.ts'
import { readLocalUser } from './tokens.ts'

const { home, name } = readLocalUser()
const config = (text: string) =>
  buildHostConfig('web', parseRawConfig(`hostname web.example.org\nport 2222\nuser deploy\n${text}`), '/project')

describe('what ssh_config says', () => {
  it('has its paths and tokens expanded', () => {
    const { identityFiles, proxyCommand } = config(
      'identityfile ~/.ssh/a\nidentityfile %d/k e y\nidentityfile rel/%u-%r@%h:%p%%\nidentityfile ~/.ssh/a\nproxycommand nc "%h" %p %n',
    )
    expect(identityFiles).toEqual([`${home}/.ssh/a`, `${home}/k e y`, `/project/rel/${name}-deploy@web.example.org:2222%`])
    expect(proxyCommand).toBe('nc "web.example.org" 2222 web')
  })

  it('has its known_hosts files told apart, though ssh -G quotes none', () => {
    expect(config('userknownhostsfile /a b /c ~/d').userKnownHosts).toEqual(['/a b', '/c', `${home}/d`])
    expect(config('userknownhostsfile none').userKnownHosts).toEqual([])
  })

  it('learns new host keys at most, whatever StrictHostKeyChecking says', () => {
    const modes = { true: 'yes', false: 'accept-new', 'accept-new': 'accept-new', ask: 'ask' }
    for (const [value, mode] of Object.entries(modes)) expect(config(`stricthostkeychecking ${value}`).strictHostKeys).toBe(mode)
    expect(config('').strictHostKeys).toBe('ask')
  })

  it('has no agent where it says none, and forwards one only where it says so', () => {
    expect(config('identityagent none').agent).toBeUndefined()
    expect(config('identityagent ~/agent').agent).toBe(`${home}/agent`)
    expect(config('identityagent /a').forwardAgent).toBeUndefined()
    expect(config('identityagent /a\nforwardagent yes').forwardAgent).toBe('/a')
    expect(config('identityagent /a\nforwardagent /b').forwardAgent).toBe('/b')
  })

  it('gives times in milliseconds, and none that nobody has asked for', () => {
    expect(config('connecttimeout 5\nserveraliveinterval 30')).toMatchObject({ connectTimeoutMs: 5_000, keepaliveMs: 30_000 })
    expect(config('connecttimeout none\nserveraliveinterval 0')).toMatchObject({ connectTimeoutMs: undefined, keepaliveMs: undefined })
    expect(config('batchmode yes\nserveraliveinterval 300').keepaliveMs).toBeUndefined()
  })
})
