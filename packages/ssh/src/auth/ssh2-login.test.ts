import { Client } from 'ssh2'
import { describe, expect, it } from 'vitest'
import { patchableProtocol, type Ssh2Protocol } from '../ssh2.ts'
import { watchLogin } from './ssh2-login.ts'

const protocol = (changes: object = {}, handlers: object = {}): object => ({
  authPK: (_user: string, _key: unknown, _algorithm: string, _sign: unknown) => undefined,
  service: (_name: string) => undefined,
  _handlers: {
    SERVICE_ACCEPT: (_protocol: unknown, _name: string) => undefined,
    USERAUTH_FAILURE: (_protocol: unknown, _methods: unknown, _partial: boolean) => undefined,
    ...handlers,
  },
  ...changes,
})
const watch = { methods: () => undefined, signAtOnce: () => undefined, beginAtOnce: () => false }

describe('the private parts of ssh2', () => {
  it('have the shape that is patched, in the version that is installed', async () => {
    const client = new Client()
    client.on('error', () => undefined)
    // No connection is needed: the parts are made by `connect`, which fails later.
    client.connect({ host: '127.0.0.1', port: 9, username: 'x' })
    expect(patchableProtocol(client)).toBeDefined()
    client.destroy()
  })

  it.each([
    ['no protocol', {}],
    ['no authPK', { _protocol: protocol({ authPK: undefined }) }],
    ['authPK with other parameters', { _protocol: protocol({ authPK: (_one: string) => undefined }) }],
    ['no service', { _protocol: protocol({ service: 'ssh-userauth' }) }],
    ['no handlers', { _protocol: protocol({ _handlers: undefined }) }],
    ['a handler with other parameters', { _protocol: protocol({}, { SERVICE_ACCEPT: () => undefined }) }],
    ['a handler that is gone', { _protocol: protocol({}, { USERAUTH_FAILURE: undefined }) }],
  ])('are left alone with %s', (_, client) => {
    const before = { ...(client as { _protocol?: object })._protocol }
    expect(patchableProtocol(client)).toBeUndefined()
    watchLogin(client as unknown as Client, watch)
    expect({ ...(client as { _protocol?: object })._protocol }).toEqual(before)
  })

  it('report what the host has left, and the answer goes on', () => {
    const calls: unknown[] = []
    const parts = protocol({}, { USERAUTH_FAILURE: (...args: [unknown, unknown, boolean]) => calls.push(args) }) as Ssh2Protocol
    Object.defineProperty(parts._handlers.USERAUTH_FAILURE, 'length', { value: 3 })
    const methods: unknown[] = []
    watchLogin({ _protocol: parts } as unknown as Client, { ...watch, methods: (left) => methods.push(left) })
    parts._handlers.USERAUTH_FAILURE('protocol', ['publickey'], false)
    expect(methods).toEqual([['publickey']])
    expect(calls).toEqual([['protocol', ['publickey'], false]])
  })
})
