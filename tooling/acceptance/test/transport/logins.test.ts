import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTestUser, ensureServers, type LoginShell, type SshHosts, startSshHosts } from '@dragonfab/test-kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { liveOf } from '../../src/expect-released.ts'
import { type AcceptanceProject, createProject } from '../../src/project.ts'

// SSH-07 and SSH-09: whatever shell a login has and whatever it prints, a release works or is refused in clear words.
const title = '\u001b]0;pwned\u0007\u001b[2J'
const clusters: SshHosts[] = []
const projects: AcceptanceProject[] = []

beforeAll(() => ensureServers({ fish: 'fish', tcsh: 'tcsh' }))
afterAll(async () => {
  await Promise.all(clusters.map((cluster) => cluster.stop()))
  await Promise.all(projects.map((each) => each.remove()))
})

async function shop(
  shell: LoginShell,
  more: { readonly start?: Readonly<Record<string, string>>; readonly config?: readonly string[]; readonly suffix?: string } = {},
) {
  const user = await createTestUser('plain', { shell, suffix: more.suffix ?? 'acc' })
  for (const [name, text] of Object.entries(more.start ?? {})) await writeFile(join(user.home, name), text)
  const cluster = await startSshHosts(1, { user, config: more.config ?? [] })
  clusters.push(cluster)
  const made = await createProject(cluster, { name: 'login' })
  projects.push(made)
  await made.json({
    plugins: ['release'],
    environments: { live: { hosts: made.hosts } },
  })
  return made
}

/** Two releases and a way back: facts are read from the host, and must not be what the shell prints. */
async function works(made: AcceptanceProject): Promise<void> {
  const path = made.path('web1')
  const ids: string[] = []
  for (const words of [['deploy'], ['deploy'], ['rollback'], ['status']]) {
    const result = await made.run(['live', ...words])
    expect(result.status, result.stdout + result.stderr).toBe(0)
    expect(result.stdout + result.stderr).not.toMatch(/noise|[\x00-\x08\x0b-\x1f\x7f]/)
    ids.push(liveOf(path))
  }
  expect(ids[1]).not.toBe(ids[0])
  expect(ids.slice(2)).toEqual([ids[0], ids[0]])
}

describe('a release works where the login shell', () => {
  test.each(['dash', 'busybox', 'fish', 'tcsh'] as const)('is %s', async (shell) => works(await shop(shell)))

  test('prints when it starts, and sets options', async () => {
    const noise = `echo 'noise releases/260101-000000'; echo noise >&2; printf '${title.replaceAll('\u001b', '\\033').replaceAll('\u0007', '\\007')}'; set -e\n`
    await works(await shop('bash', { suffix: 'acc-noise', start: { '.bashrc': noise, '.profile': noise } }))
  })

  test('is wrapped by a ForceCommand that runs what is asked for', async () => {
    await works(await shop('bash', { suffix: 'acc-forced', config: ['ForceCommand sh -c "$SSH_ORIGINAL_COMMAND"'] }))
  })

  test('has a banner of control characters before it', async () => {
    const { mkdtemp } = await import('node:fs/promises')
    const { tmpdir } = await import('node:os')
    const file = join(await mkdtemp(join(tmpdir(), 'dragonfab-banner-')), 'banner')
    await writeFile(file, `noise ${title}\n`.repeat(1000))
    await works(await shop('bash', { suffix: 'acc-banner', config: [`Banner ${file}`] }))
  })
})

describe('a release is refused, in clear words and at once, where', () => {
  test.each([
    ['the login shell lets nobody in', 'nologin', [], /not available/],
    ['another command is forced', 'bash', [`ForceCommand echo 'only backups here'`], /only backups here/],
    ['only files may be transferred', 'bash', ['ForceCommand internal-sftp'], /./],
    ['the forced command fails', 'bash', ['ForceCommand exit 3'], /status 3/],
  ] as const)('%s', async (name, shell, config, says) => {
    const made = await shop(shell, { suffix: `acc-${name.split(' ')[0]}`, config })
    const result = await made.run(['live', 'deploy'], { timeoutMs: 60_000 })
    if (process.env.SHOW) console.log(name, result.status, result.ms, result.stdout, result.stderr)
    expect([result.status, result.stdout + result.stderr]).toEqual([1, expect.stringMatching(says)])
    expect(result.stderr).toContain('web1')
    expect(result.stdout + result.stderr).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f]|\n\s+at .*:\d+:\d+/)
    expect(result.ms).toBeLessThan(30_000)
  })
})
