import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeKey, type SshHost, type SshHosts, startSshHosts } from '@dragonfab/test-kit'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createSshPool } from '../src/index.ts'
import { type Agent, startAgent } from './agent.ts'
import { run } from './run.ts'

// A version of ssh2 whose private parts look otherwise: nothing is patched.
vi.mock('../src/auth/ssh2-login.ts', () => ({ watchLogin: () => undefined }))

let hosts: SshHosts
let host: SshHost
let agent: Agent
let directory: string

beforeAll(async () => {
  hosts = await startSshHosts(1)
  host = hosts.hosts[0] as SshHost
  agent = await startAgent()
  directory = await mkdtemp(join(tmpdir(), 'unpatched-'))
})
afterAll(async () => {
  await hosts.stop()
  await agent.stop()
  await rm(directory, { recursive: true, force: true })
})

async function login(keys: readonly string[]): Promise<string> {
  const pool = createSshPool({ prompt: undefined })
  const { address, port, user } = host
  try {
    const executor = pool.executor({ host: address, port, user, directory, knownHosts: [hosts.knownHosts], identityFiles: keys })
    return (await run(executor, ['echo', 'in'])).text
  } finally {
    await pool.close()
  }
}

describe('ssh2 without the patch', () => {
  it.each(['ed25519', 'ecdsa', 'rsa'] as const)('logs in with a key file of type %s', async (type) => {
    const key = await makeKey(directory, type, { type })
    await appendFile(join(host.root, '..', 'authorized_keys'), `${key.line}\n`)
    expect(await login([key.file])).toBe('in\n')
  })

  it('says which key the host refused', async () => {
    const key = await makeKey(directory, 'stranger')
    await expect(login([key.file])).rejects.toThrow(/refuse|SSH_AUTH|permission/i)
  })
})
