import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestUser, ensureServers, type LoginShell, mustRun, type SshHosts, startSshHosts } from '@dragonfab/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSshPool } from '../src/index.ts'
import { run } from './run.ts'

// SSH-07: what a session starts with must not depend on the login shell.
const bootstrap = ['sh', '-c', 'IFS= read -r b && eval "$b"']
let directory: string

beforeAll(async () => {
  await ensureServers({ fish: 'fish', tcsh: 'tcsh', zsh: 'zsh' })
  directory = await mkdtemp(join(tmpdir(), 'shells-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

async function withShell(shell: LoginShell | 'zsh', work: (hosts: SshHosts) => Promise<void>) {
  const user = await createTestUser('plain', shell === 'zsh' ? { suffix: 'zsh' } : { shell, suffix: 'ssh' })
  if (shell === 'zsh') await mustRun(['usermod', '-s', '/usr/bin/zsh', user.name])
  const hosts = await startSshHosts(1, { user })
  try {
    await work(hosts)
  } finally {
    await hosts.stop()
  }
}

describe.each(['dash', 'bash', 'busybox', 'zsh', 'fish', 'tcsh'] as const)('the login shell %s', (shell) => {
  it('starts the session as every other does', async () => {
    await withShell(shell, async (hosts) => {
      const pool = createSshPool({ configFile: hosts.sshConfig })
      const executor = pool.executor({ host: 'web1', directory })
      const ran = await run(executor, bootstrap, { stdin: `printf '%s' "a'b"; read -r x; printf '%s' "$x"; exit 5\nrest\n` })
      expect(ran).toMatchObject({ status: 5, text: "a'brest" })
      const words = ['a b', "it's", '$HOME `id` "x"', 'back\\slash\\', "\\'", '*', '~', '{a,b}', '#', 'x=y', '%self', '^x', 'ü']
      expect((await run(executor, ['printf', '[%s]', ...words])).text).toBe(words.map((word) => `[${word}]`).join(''))
      await pool.close()
    })
  })
})

describe('a login shell', () => {
  it('that greets does not keep a command from its input and status', async () => {
    const user = await createTestUser('plain', { shell: 'bash', suffix: 'noisy' })
    await writeFile(join(user.home, '.bashrc'), 'echo welcome\n')
    const hosts = await startSshHosts(1, { user })
    const pool = createSshPool({ configFile: hosts.sshConfig })
    const ran = await run(pool.executor({ host: 'web1', directory }), ['sh', '-c', 'cat; exit 4'], { stdin: 'mine' })
    expect(ran.status).toBe(4)
    expect(ran.text).toBe('welcome\nmine')
    await pool.close()
    await hosts.stop()
  })

  it('that lets nobody in (nologin) gives its status and its words', async () => {
    await withShell('nologin', async (hosts) => {
      const pool = createSshPool({ configFile: hosts.sshConfig })
      const ran = await run(pool.executor({ host: 'web1', directory }), bootstrap)
      expect(ran.status).toBe(1)
      expect(ran.text).toContain('not available')
      await pool.close()
    })
  })
})
