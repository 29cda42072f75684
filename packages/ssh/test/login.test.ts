import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestUser, type Key, makeKey, mustRun, type SshHost, type SshHosts, startSshHosts } from '@dragonfab/test-kit'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createSshPool, type Prompt, type SshEvent, type SshPoolOptions } from '../src/index.ts'
import { type Agent, startAgent } from './agent.ts'
import { run, script } from './run.ts'

let hosts: SshHosts
let host: SshHost
let agent: Agent
let directory: string
let events: SshEvent[]
const keys: Record<string, Key> = {}

beforeAll(async () => {
  hosts = await startSshHosts(1, { config: ['AllowAgentForwarding yes'] })
  host = hosts.hosts[0] as SshHost
  agent = await startAgent()
  directory = await mkdtemp(join(tmpdir(), 'login-'))
  keys.ed25519 = await makeKey(directory, 'ed25519')
  keys.ecdsa = await makeKey(directory, 'ecdsa', { type: 'ecdsa' })
  keys.rsa = await makeKey(directory, 'rsa', { type: 'rsa' })
  keys.locked = await makeKey(directory, 'locked', { passphrase: 'open sesame' })
  keys.lockedRsa = await makeKey(directory, 'locked-rsa', { type: 'rsa', passphrase: 'open sesame' })
  keys.unknown = await makeKey(directory, 'unknown')
  for (const key of Object.values(keys)) if (key !== keys.unknown) await appendFile(authorized(host), `${key.line}\n`)
})
beforeEach(async () => {
  events = []
  host.reset()
  await agent.clear()
})
afterAll(async () => {
  await hosts.stop()
  await agent.stop()
  await rm(directory, { recursive: true, force: true })
})

const authorized = (one: SshHost) => join(one.root, '..', 'authorized_keys')
const key = (name: string) => keys[name] as Key

let configs = 0
async function pool(lines: string[], options: SshPoolOptions = {}, one = host) {
  const configFile = join(directory, `config-${configs++}`)
  const common = [`HostName ${one.address}`, `Port ${one.port}`, `User ${one.user}`, `UserKnownHostsFile ${hosts.knownHosts}`]
  await writeFile(configFile, `Host web1\n${[...lines, ...common].map((line) => `  ${line}\n`).join('')}`)
  return createSshPool({ configFile, onEvent: (event) => void events.push(event), ...options })
}

async function login(lines: string[], options: SshPoolOptions = {}, one = host, knownHosts = hosts.knownHosts) {
  const made = await pool(lines, options, one)
  try {
    return await run(made.executor({ host: 'web1', directory, knownHosts }), ['echo', 'in'])
  } finally {
    await made.close()
  }
}

function answers(...list: string[]): { prompt: Prompt; asked: string[] } {
  const asked: string[] = []
  return {
    asked,
    prompt: async (question, { hidden }) => {
      asked.push(`${hidden ? 'hidden ' : ''}${question}`)
      const answer = list.shift()
      if (answer === undefined) throw new Error('no answer')
      return answer
    },
  }
}

describe('a key file', () => {
  it.each(['ed25519', 'ecdsa', 'rsa'])('of type %s logs in with the first request, which is signed', async (name) => {
    expect(await login([`IdentityFile ${key(name).file}`, 'IdentityAgent none'])).toMatchObject({ text: 'in\n' })
    const log = await host.log()
    expect(log).toContain(`Accepted publickey for ${host.user}`)
    expect(log).toContain(key(name).fingerprint)
    // Neither a `none` probe nor a question whether the key would do.
    expect(log).not.toMatch(/Postponed|Failed/)
  })

  it.each([
    ['PEM', 'rsa', ['-m', 'PEM']],
    ['PKCS#8', 'rsa', ['-m', 'PKCS8']],
    ['PKCS#8', 'ecdsa', ['-m', 'PKCS8']],
  ])('in the format %s (%s) logs in', async (_, type, format) => {
    const file = join(directory, `${type}-${format[1]}`)
    await mustRun(['cp', key(type).file, file])
    await mustRun(['ssh-keygen', '-q', '-p', '-N', '', ...format, '-f', file])
    expect(await login([`IdentityFile ${file}`, 'IdentityAgent none'])).toMatchObject({ text: 'in\n' })
  })

  it('is named by the target too, relative to its directory', async () => {
    const made = await pool(['IdentityFile /nowhere', 'IdentityAgent none', 'IdentitiesOnly yes'])
    const executor = made.executor({ host: 'web1', directory, knownHosts: hosts.knownHosts, identityFiles: ['./ed25519'] })
    expect(await run(executor, ['echo', 'in'])).toMatchObject({ text: 'in\n' })
    await made.close()
  })

  it('that the host does not know is followed by the next', async () => {
    expect(await login([`IdentityFile ${key('unknown').file}`, `IdentityFile ${key('rsa').file}`, 'IdentityAgent none'])).toMatchObject({
      text: 'in\n',
    })
    expect(await host.log()).toContain(key('rsa').fingerprint)
  })
})

describe('an encrypted key', () => {
  it.each(['locked', 'lockedRsa'])('is asked for once for all connections of a run (%s)', async (name) => {
    const { prompt: answer, asked } = answers('open sesame')
    // A person takes longer than a connection may: that must not count, also not for those who wait for the same answer.
    const prompt: Prompt = async (...question) => {
      await new Promise((resolve) => setTimeout(resolve, 3_500))
      return answer(...question)
    }
    const made = await pool([`IdentityFile ${key(name).file}`, 'IdentityAgent none'], { prompt, connectTimeoutMs: 3_000 })
    const one = made.executor({ host: 'web1', directory, knownHosts: hosts.knownHosts })
    // Another alias of the known_hosts makes it another connection.
    const two = made.executor({ host: 'web1', directory, knownHosts: hosts.knownHosts, strictHostKeys: 'yes' })
    const all = await Promise.all([run(one, ['echo', '1']), run(two, ['echo', '2'])])
    await made.close()
    expect(all.map((ran) => ran.text)).toEqual(['1\n', '2\n'])
    expect(asked).toEqual([`hidden Passphrase for ${key(name).file}: `])
    expect(await host.connections()).toBe(2)
  })

  it('may be typed wrong twice', async () => {
    const { prompt, asked } = answers('wrong', 'wrong too', 'open sesame')
    expect(await login([`IdentityFile ${key('locked').file}`, 'IdentityAgent none'], { prompt })).toMatchObject({ text: 'in\n' })
    expect(asked.length).toBe(3)
  })

  it('in PKCS#8 is opened as well', async () => {
    const file = join(directory, 'locked-pkcs8')
    await mustRun(['cp', key('lockedRsa').file, file])
    await mustRun(['ssh-keygen', '-q', '-p', '-P', 'open sesame', '-N', 'open sesame', '-m', 'PKCS8', '-f', file])
    const { prompt, asked } = answers('open sesame')
    expect(await login([`IdentityFile ${file}`, 'IdentityAgent none'], { prompt })).toMatchObject({ text: 'in\n' })
    expect(asked.length).toBe(1)
  })

  it('is not asked for when the host does not want it, nor when another key does', async () => {
    const unwanted = await makeKey(directory, 'locked-unknown', { passphrase: 'x' })
    const { prompt, asked } = answers()
    expect(
      await login([`IdentityFile ${unwanted.file}`, `IdentityFile ${key('ed25519').file}`, 'IdentityAgent none'], { prompt }),
    ).toMatchObject({ text: 'in\n' })
    expect(asked).toEqual([])
    expect(await login([`IdentityFile ${key('locked').file}`, `IdentityFile ${key('ed25519').file}`, 'IdentityAgent none'])).toMatchObject({
      text: 'in\n',
    })
  })

  it('that is given up ends with its name', async () => {
    const { prompt } = answers()
    await expect(
      login([`IdentityFile ${key('locked').file}`, 'IdentityAgent none', 'PasswordAuthentication no'], { prompt }),
    ).rejects.toMatchObject({
      code: expect.stringMatching(/^SSH_/),
      problems: [{ cause: expect.stringContaining(`${key('locked').file}: it is encrypted`) }],
    })
  })
})

describe('an agent', () => {
  it.each(['ed25519', 'ecdsa', 'rsa'])('logs in with a key of type %s', async (name) => {
    await agent.add(key(name).file)
    expect(await login([`IdentityFile ${directory}/none`, `IdentityAgent ${agent.socket}`])).toMatchObject({ text: 'in\n' })
    expect(await host.log()).toContain(key(name).fingerprint)
    expect(await host.log()).not.toMatch(/Postponed|Failed/)
  })

  it('is asked for the configured key first, by its public key', async () => {
    await agent.add(key('unknown').file, key('ecdsa').file, key('rsa').file)
    const file = join(directory, 'only-public')
    await mustRun(['cp', `${key('rsa').file}.pub`, `${file}.pub`])
    expect(await login([`IdentityFile ${file}`, `IdentityAgent ${agent.socket}`])).toMatchObject({ text: 'in\n' })
    expect(await host.log()).toContain(key('rsa').fingerprint)
    expect(await host.log()).not.toMatch(/Postponed|Failed/)
  })

  it('offers nothing else with IdentitiesOnly', async () => {
    await agent.add(key('ed25519').file)
    const refused = login([`IdentityFile ${key('unknown').file}`, `IdentityAgent ${agent.socket}`, 'IdentitiesOnly yes'])
    await expect(refused).rejects.toMatchObject({ code: 'SSH_AUTH' })
  })

  it('is that of SSH_AUTH_SOCK by default', async () => {
    await agent.add(key('ed25519').file)
    const before = process.env.SSH_AUTH_SOCK
    process.env.SSH_AUTH_SOCK = agent.socket
    try {
      expect(await login([`IdentityFile ${directory}/none`])).toMatchObject({ text: 'in\n' })
    } finally {
      if (before === undefined) delete process.env.SSH_AUTH_SOCK
      else process.env.SSH_AUTH_SOCK = before
    }
  })

  it('that is empty is named', async () => {
    await expect(login([`IdentityFile ${directory}/none`, `IdentityAgent ${agent.socket}`])).rejects.toMatchObject({
      code: 'SSH_NO_KEY',
      problems: [{ cause: expect.stringContaining(`the agent at ${agent.socket} has no keys`) }],
    })
  })

  it('is forwarded only where the configuration asks for it', async () => {
    await agent.add(key('ed25519').file)
    const list = 'ssh-add -l 2>&1; true'
    const at = async (lines: string[], forwardAgent?: boolean) => {
      const made = await pool([`IdentityAgent ${agent.socket}`, ...lines])
      const ran = await script(made.executor({ host: 'web1', directory, knownHosts: hosts.knownHosts, forwardAgent }), list)
      await made.close()
      return ran.text
    }
    expect(await at(['ForwardAgent yes'])).toContain(key('ed25519').fingerprint)
    expect(await at([`ForwardAgent ${agent.socket}`])).toContain(key('ed25519').fingerprint)
    expect(await at([])).not.toContain(key('ed25519').fingerprint)
    expect(await at([], true)).toContain(key('ed25519').fingerprint)
    expect(await at(['ForwardAgent yes'], false)).not.toContain(key('ed25519').fingerprint)
  })

  it('that the host does not want forwarded is a warning', async () => {
    await agent.add(key('ed25519').file)
    const other = await startSshHosts(1, { config: ['AllowAgentForwarding no'] })
    const [one] = other.hosts as [SshHost]
    await appendFile(authorized(one), `${key('ed25519').line}\n`)
    expect(await login([`IdentityAgent ${agent.socket}`, 'ForwardAgent yes'], {}, one, other.knownHosts)).toMatchObject({ text: 'in\n' })
    expect(events).toContainEqual(expect.objectContaining({ type: 'warning', message: expect.stringContaining('agent forwarding') }))
    await other.stop()
  })
})

describe('what cannot be used here', () => {
  const certify = async (name: string) => {
    const file = join(directory, name)
    await makeKey(directory, name)
    await mustRun(['ssh-keygen', '-q', '-s', key('ed25519').file, '-I', 'id', '-n', host.user, `${file}.pub`])
    return file
  }

  it('a certificate is named', async () => {
    const file = await certify('certified')
    await expect(login([`IdentityFile ${file}`, 'IdentityAgent none'])).rejects.toMatchObject({
      code: 'SSH_UNSUPPORTED',
      message: expect.stringContaining(`${file}-cert.pub: certificates are not supported`),
      problems: [{ remedy: expect.stringContaining('plain key') }],
    })
  })

  it('a FIDO key is named', async () => {
    const file = join(directory, 'fido')
    const type = Buffer.from('sk-ssh-ed25519@openssh.com')
    const part = (bytes: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes])
    const blob = Buffer.concat([part(type), part(Buffer.alloc(32, 7)), part(Buffer.from('ssh:'))])
    await writeFile(`${file}.pub`, `${type} ${blob.toString('base64')}\n`)
    await expect(login([`IdentityFile ${file}`, 'IdentityAgent none'])).rejects.toMatchObject({
      code: 'SSH_UNSUPPORTED',
      message: expect.stringContaining('FIDO security keys are not supported'),
    })
  })
})

describe('a password', () => {
  const withPassword = async (config: string[], work: (one: SshHost, password: string, known: string) => Promise<void>) => {
    const user = await createTestUser('sudo-password')
    const other = await startSshHosts(1, { user, config: ['PasswordAuthentication yes', ...config] })
    try {
      await work(other.hosts[0] as SshHost, user.password ?? '', other.knownHosts)
    } finally {
      await other.stop()
    }
  }

  it('is asked for where the host takes one, and may be typed wrong', async () => {
    await withPassword(['AuthenticationMethods any'], async (one, password, known) => {
      const { prompt, asked } = answers('wrong', password)
      expect(await login([`IdentityFile ${directory}/none`, 'IdentityAgent none'], { prompt }, one, known)).toMatchObject({ text: 'in\n' })
      expect(asked).toEqual(Array(2).fill(`hidden Password of ${one.user}@127.0.0.1: `))
    })
  })

  it('is never asked for without a terminal', async () => {
    await withPassword(['AuthenticationMethods any'], async (one, _, known) => {
      const refused = login([`IdentityFile ${key('unknown').file}`, 'IdentityAgent none'], {}, one, known)
      await expect(refused).rejects.toMatchObject({
        code: 'SSH_AUTH',
        problems: [{ remedy: expect.stringContaining('there is no terminal to ask for it') }],
      })
      const batch = login([`IdentityFile ${key('unknown').file}`, 'BatchMode yes', 'IdentityAgent none'], answers(), one, known)
      await expect(batch).rejects.toMatchObject({ code: 'SSH_AUTH' })
    })
  })

  it('may be wanted after the key', async () => {
    await withPassword(['AuthenticationMethods publickey,password'], async (one, password, known) => {
      const { prompt, asked } = answers(password)
      expect(await login([`IdentityFile ${one.key}`, 'IdentityAgent none'], { prompt }, one, known)).toMatchObject({ text: 'in\n' })
      expect(asked.length).toBe(1)
    })
  })

  it('may be wanted by questions (keyboard-interactive)', async () => {
    await withPassword(
      ['AuthenticationMethods keyboard-interactive', 'KbdInteractiveAuthentication yes', 'UsePAM yes'],
      async (one, password, known) => {
        const { prompt, asked } = answers(password)
        expect(await login([`IdentityFile ${directory}/none`, 'IdentityAgent none'], { prompt }, one, known)).toMatchObject({
          text: 'in\n',
        })
        expect(asked).toEqual([expect.stringMatching(/^hidden .*Password/)])
      },
    )
  })
})
