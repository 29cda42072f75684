import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestUser, forgetSudo, makeKey, mustRun, runCommand, type SshHosts, startSshHosts, waitUntil } from '../src/index.ts'

describe('sshd hosts', () => {
  let cluster: SshHosts
  const ssh = (name: string, ...words: string[]) => runCommand(['ssh', '-n', '-F', cluster.sshConfig, name, ...words])

  beforeAll(async () => {
    cluster = await startSshHosts(3)
  })
  afterAll(() => cluster?.stop())

  it('log in as a real user with the ready configuration, each on its own port', async () => {
    const answers = await Promise.all(cluster.hosts.map((host) => ssh(host.name, 'id -un; echo "$SSH_CONNECTION"')))
    expect(answers.map((answer) => [answer.status, answer.stdout.split('\n')[0]])).toEqual(cluster.hosts.map(() => [0, cluster.user.name]))
    expect(new Set(cluster.hosts.map((host) => host.port)).size).toBe(3)
  })

  it('count connections and sessions apart, from sshd’s own log', async () => {
    const [host] = cluster.hosts
    if (!host) throw new Error('no host')
    host.reset()
    const socket = join(cluster.directory, 'mux')
    const master = ['ssh', '-n', '-F', cluster.sshConfig, '-S', socket]
    await mustRun([...master, '-M', '-f', '-N', host.name])
    expect([await host.connections(), await host.sessions()]).toEqual([1, 0])
    for (const _ of [1, 2, 3]) await mustRun([...master, host.name, 'true'])
    expect([await host.connections(), await host.sessions()]).toEqual([1, 3])
    await runCommand([...master, '-O', 'exit', host.name])
    await ssh(host.name, 'true')
    expect([await host.connections(), await host.sessions()]).toEqual([2, 4])
  })

  it('tell a client that left before authenticating from one that was refused', async () => {
    const host = cluster.hosts[1]
    if (!host) throw new Error('no host')
    const nobody = join(cluster.directory, 'knows-nobody')
    await writeFile(nobody, '')
    host.reset()
    const wary = await runCommand(['ssh', '-n', '-F', cluster.sshConfig, '-o', `UserKnownHostsFile=${nobody}`, host.name, 'true'])
    expect(wary.stderr).toContain('Host key verification failed')
    await waitUntil('the end of the connection in the log', async () => /Connection (closed|reset) by/.test(await host.log()))
    expect(await host.authentications()).toBe(0)
    const stranger = await makeKey(cluster.directory, 'stranger')
    const options = ['-F', 'none', '-i', stranger.file, '-o', `UserKnownHostsFile=${cluster.knownHosts}`, '-p', String(host.port)]
    const refused = await runCommand(['ssh', '-n', ...options, '-l', host.user, host.address, 'true'])
    expect(refused.stderr).toContain('Permission denied (publickey)')
    await waitUntil('the refusal in the log', async () => (await host.authentications()) > 0)
    expect(await host.connections()).toBe(0)
  })

  it('lose their connections, stop and come back on the same port', async () => {
    const host = cluster.hosts[2]
    if (!host) throw new Error('no host')
    const lost = ssh(host.name, 'sleep 1000')
    await waitUntil('the session', async () => host.pids().length >= 4)
    expect(host.killConnections()).toBeGreaterThan(1)
    expect((await lost).status).toBe(255)
    await host.stop()
    expect((await ssh(host.name, 'true')).stderr).toContain('Connection refused')
    await host.start()
    expect((await ssh(host.name, 'true')).status).toBe(0)
  })
})

describe('users', () => {
  it('may use sudo as their kind says', async () => {
    const [plain, free, asked] = await Promise.all([
      createTestUser('plain'),
      createTestUser('sudo-nopass'),
      createTestUser('sudo-password'),
    ])
    const whoami = (user: typeof plain, stdin = '') => runCommand(['sudo', '-S', '-p', '', 'id', '-un'], { as: user, stdin, cwd: '/' })
    expect((await whoami(plain, 'x\n')).status).not.toBe(0)
    expect((await whoami(free)).stdout).toBe('root\n')
    await forgetSudo(asked)
    expect((await runCommand(['sudo', '-n', 'true'], { as: asked, cwd: '/' })).status).toBe(1)
    expect((await whoami(asked, `${asked.password}\n`)).stdout).toBe('root\n')
  })

  it('log in to the shell that was asked for, and find the sh that was asked for', async () => {
    const seen: string[] = []
    for (const shell of ['bash', 'dash', 'busybox'] as const) {
      const cluster = await startSshHosts(1, {
        user: await createTestUser('plain', { shell }),
        sh: shell,
        hostKeyTypes: ['ed25519', 'ecdsa', 'rsa'],
      })
      const answer = await mustRun([
        'ssh',
        '-n',
        '-F',
        cluster.sshConfig,
        'web1',
        "readlink /proc/$$/exe; sh -c 'readlink /proc/$$/exe; :'",
      ])
      seen.push(
        answer
          .trim()
          .replace(/\/usr\/bin\//g, '')
          .replace('\n', ' '),
      )
      expect(cluster.hosts[0]?.knownHostsLine.split('\n').length).toBe(3)
      await cluster.stop()
    }
    expect(seen).toEqual(['bash bash', 'dash dash', 'busybox busybox'])
  })
})
