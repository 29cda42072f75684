import { statSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createTestUser, mustRun, resolveCli, type SshHosts, startSshHosts, type TestUser, waitForNextSecond } from '@dragonfab/test-kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endOf } from '../src/events.ts'
import { liveOf } from '../src/expect-released.ts'
import { runAndType } from '../src/run-and-type.ts'
import { createStand, type TestStand } from '../src/test-stand.ts'

let on: TestStand

beforeAll(async () => {
  on = await createStand({ hosts: 1, repository: { files: 10 } })
})
afterAll(() => on?.stop())

describe('two roles on one machine', () => {
  test('share a connection, with a session each, and have one release', async () => {
    const [host] = on.cluster.hosts
    if (!host) throw new Error('no host')
    const at = (role: string) => join(host.root, role)
    const body = `
  hooks: { 'deploy.updated': ({ env, sh }) => sh\`echo \${env.role} \${env.linkedDirs.map(({ path }) => path)} >\${env.releasePath}/role\` },`
    const roles = {
      web: { hosts: [{ name: host.name, path: at('web') }], linkedDirs: ['uploads'] },
      worker: { hosts: [{ name: host.name, path: at('worker') }], linkedDirs: ['spool'] },
    }
    const shop = await on.app({ body, config: { environments: { production: { roles } } } })
    const first = await shop.run(['production', 'deploy', '--json'])
    expect(first.status, JSON.stringify(endOf(first).problems)).toBe(0)
    expect(endOf(first).hosts.map(({ host: name }) => name)).toEqual([`${host.name}/web`, `${host.name}/worker`])
    expect(liveOf(at('web'))).toBe(liveOf(at('worker')))
    host.reset()
    const second = await shop.run(['production', 'deploy'])
    expect(second.status, second.stdout + second.stderr).toBe(0)
    expect([await host.connections(), await host.authentications(), await host.sessions()]).toEqual([1, 1, 2])
    expect(await mustRun(['cat', join(at('web'), 'current/role'), join(at('worker'), 'current/role')])).toBe('web uploads\nworker spool\n')
    // One of them alone.
    const was = liveOf(at('web'))
    const alone = await shop.run(['production', 'deploy', '--role', 'worker'])
    expect(alone.status, alone.stdout + alone.stderr).toBe(0)
    expect(liveOf(at('web'))).toBe(was)
    expect(liveOf(at('worker'))).not.toBe(was)
  })
})

describe('a login user who may become another', () => {
  let application: TestUser

  /** Hosts on which `kind` logs in, and a project that works there as the application's user. */
  async function hosts(kind: 'sudo-nopass' | 'sudo-password', name: string) {
    application = await createTestUser('other')
    const cluster: SshHosts = await startSshHosts(1, { user: kind })
    const [host] = cluster.hosts
    if (!host) throw new Error('no host')
    const path = join(host.root, name)
    await mkdir(path)
    await mustRun(['chown', `${application.uid}:${application.gid}`, path])
    const production = { sudoUser: application.name, hosts: [{ name: host.name, path }] }
    const body = `
  hooks: { 'deploy.updated': ({ env, sh, step }) => [
    sh\`id -un >\${env.releasePath}/by\`,
    step(sh\`id -un >\${env.path}/by-root; chmod 644 \${env.path}/by-root\`, { as: 'root' }),
  ] },`
    const shop = await on.app({ name, body, config: { environments: { production } }, sshConfig: cluster.sshConfig })
    return { cluster, shop, path, host }
  }

  const expectDone = async (path: string) => {
    expect(await mustRun(['cat', join(path, 'current/by'), join(path, 'by-root')])).toBe(`${application.name}\nroot\n`)
    for (const each of ['releases', 'shared', '.dragonfab', 'repo', 'current/README.md'])
      expect([each, statSync(join(path, each)).uid]).toEqual([each, application.uid])
  }

  test('without a password: all is the other user’s', async () => {
    const { cluster, shop, path, host } = await hosts('sudo-nopass', 'nopass')
    try {
      const result = await shop.run(['production', 'deploy', '--json'])
      expect(result.status, JSON.stringify(endOf(result).problems)).toBe(0)
      await expectDone(path)
      await waitForNextSecond()
      host.reset()
      const again = await shop.run(['production', 'deploy'])
      expect(again.status, again.stdout + again.stderr).toBe(0)
      // A session for each user, on one connection.
      expect([await host.connections(), await host.sessions()]).toEqual([1, 2])
    } finally {
      await cluster.stop()
    }
  })

  test('with a password that is asked at the terminal: once, unseen; a wrong one and none are refused', async () => {
    const { cluster, shop, path } = await hosts('sudo-password', 'asked')
    try {
      const { password = '' } = cluster.user
      expect(password).not.toBe('')
      const argv = [...resolveCli(), 'production', 'deploy', '--ask-sudo-password']
      const at = { cwd: shop.directory, env: { ...process.env, ...shop.env } }
      const without = await shop.run(['production', 'deploy', '--json'])
      expect([without.status, endOf(without).codes]).toEqual([1, ['SUDO_REFUSED']])
      expect(endOf(without).problems[0]?.remedy).toContain('--ask-sudo-password')
      const wrong = await runAndType(argv, [['sudo password', 'not it']], at)
      expect(wrong.status, wrong.stdout).toBe(1)
      expect(wrong.stdout).toContain('SUDO_REFUSED')
      expect(wrong.stdout).not.toContain('not it')
      const right = await runAndType(argv, [['sudo password', password]], at)
      expect(right.status, right.stdout).toBe(0)
      expect(right.stdout.split('sudo password')).toHaveLength(2)
      expect(right.stdout).not.toContain(password)
      await expectDone(path)
      // From a pipe, as CI gives it.
      const piped = await shop.run(['production', 'deploy', '--ask-sudo-password'], { stdin: `${password}\n` })
      expect(piped.status, piped.stdout + piped.stderr).toBe(0)
    } finally {
      await cluster.stop()
    }
  })
})
