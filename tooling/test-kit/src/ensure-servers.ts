import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { mustRun } from './command.ts'

/** What the tests need, and the Debian package that brings it. */
const needed: Readonly<Record<string, string>> = {
  sshd: 'openssh-server',
  ssh: 'openssh-client',
  sudo: 'sudo',
  busybox: 'busybox',
  git: 'git',
  gcc: 'gcc libc6-dev',
  setpriv: 'util-linux',
}

let ready: Promise<void> | undefined

/**
 * Makes sure that the real servers of the tests are installed, with apt where one is missing.
 * Fails loudly where that cannot be done: a suite without its servers has shown nothing.
 *
 * @param more further programs and their packages, `{ supervisord: 'supervisor' }`
 */
export async function ensureServers(more: Readonly<Record<string, string>> = {}): Promise<void> {
  ready ??= install(needed).then(() => mustRun(['mkdir', '-p', '/run/sshd']).then(() => undefined))
  await ready
  await install(more)
}

async function install(programs: Readonly<Record<string, string>>): Promise<void> {
  const missing = () => Object.keys(programs).filter((program) => !programPath(program))
  if (missing().length === 0) return
  const packages = missing().flatMap((program) => (programs[program] ?? '').split(' '))
  if (process.getuid?.() !== 0) throw new Error(`the tests need ${packages.join(', ')}: install them, or run the tests as root`)
  const apt = ['apt-get', '-o', 'DPkg::Lock::Timeout=400', '-qy']
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  process.stderr.write(`test-kit: installing ${packages.join(' ')} with apt\n`)
  // Two test files may get here at once; apt's own lock does not cover `update`.
  const lock = ['flock', '/run/lock/dragonfab-test-apt']
  await mustRun([...lock, ...apt, 'update'], { env, timeoutMs: 600_000 })
  await mustRun([...lock, ...apt, 'install', '--no-install-recommends', ...packages], { env, timeoutMs: 900_000 })
  const still = missing()
  if (still.length > 0) throw new Error(`the tests need ${still.join(', ')}, and apt did not install them`)
}

/** Where a program is, also in the `sbin` directories that a user's PATH may lack. */
export function programPath(program: string): string | undefined {
  const path = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin']
  return path.map((directory) => join(directory, program)).find((file) => existsSync(file))
}
