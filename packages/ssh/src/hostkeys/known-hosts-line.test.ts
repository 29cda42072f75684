import { describe, expect, it } from 'vitest'
import { hashHostName, parseKnownHostsLine } from './known-hosts-line.ts'

const data = 'AAAAC3NzaC1lZDI1NTE5AAAAIAHPrL3pt+Hnb/4k64cG2U8B3RAFloMPM4dwXBaMCJ7D'
const key = `ssh-ed25519 ${data}`
const parse = (line: string) => parseKnownHostsLine(line, 'file:1')

describe('a line of known_hosts', () => {
  it('names hosts by lists, patterns and negations, in any case', () => {
    const line = parse(`Web1,*.example.org,!bad.example.org ${key}`)
    expect(line?.matches('web1')).toBe(true)
    expect(line?.matches('a.example.org')).toBe(true)
    expect(line?.matches('bad.example.org')).toBe(false)
    expect(line?.matches('web2')).toBe(false)
  })

  it('names a host by a hash, which stands alone', () => {
    const hashed = hashHostName('[127.0.0.1]:2222', Buffer.from('0123456789abcdefghij'))
    expect(parse(`${hashed} ${key}`)?.matches('[127.0.0.1]:2222')).toBe(true)
    expect(parse(`${hashed} ${key}`)?.matches('127.0.0.1')).toBe(false)
    expect(parse(`${hashed},127.0.0.1 ${key}`)?.matches('127.0.0.1')).toBe(false)
    expect(parse(`|2|x|y ${key}`)?.matches('x')).toBe(false)
  })

  it('reads the hash that ssh-keygen makes', () => {
    const line = parse(`|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= ${key}`)
    expect(line?.matches('192.168.1.61')).toBe(true)
  })

  it('may carry a marker, also with a tab behind it', () => {
    expect(parse(`@revoked * ${key}`)?.marker).toBe('@revoked')
    expect(parse(`@revoked\t* ${key}`)?.marker).toBe('@revoked')
    expect(parse(`@cert-authority *.example.org ${key} comment`)?.marker).toBe('@cert-authority')
    expect(parse(`@other * ${key}`)).toBeUndefined()
  })

  it('is skipped when it holds no whole key', () => {
    for (const line of ['', '# web1', 'web1', `web1 ssh-rsa ${data}`, `web1 ssh-ed25519`, `web1 ssh-ed25519 !!!`, 'web1 2048 35 1234']) {
      expect(parse(line), line).toBeUndefined()
    }
    expect(parse(`  web1\t${key}\r`)?.type).toBe('ssh-ed25519')
  })
})
