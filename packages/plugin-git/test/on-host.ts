import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Fragment, render, reveal } from '@dragonfab/core'
import { type CommandResult, mustRun, runCommand } from '@dragonfab/test-kit'

export const shells = ['dash', 'bash', 'busybox'] as const
export type GitHostShell = (typeof shells)[number]

/** A place that stands for a host: steps run in it as the session runs them. */
export interface GitHost {
  readonly directory: string
  readonly repo: string
  readonly release: string
  readonly home: string
  /** Runs a step in the given shell; `env` is added to its environment. */
  run(text: Fragment, env?: Readonly<Record<string, string>>): Promise<CommandResult>
  /** An empty release. */
  newRelease(): Promise<string>
  remove(): Promise<void>
}

/** With `busybox`, all applets of busybox stand before the system's tools, as on Alpine. */
export async function startGitHost(shell: GitHostShell = 'dash'): Promise<GitHost> {
  const directory = await mkdtemp(join(tmpdir(), 'dragonfab-plugin-git-'))
  const [home, release, bin, run] = [join(directory, 'home'), join(directory, 'releases/1'), join(directory, 'bin'), join(directory, 'run')]
  for (const each of [home, release, bin, run]) await mkdir(each, { recursive: true })
  if (shell === 'busybox') await mustRun(['busybox', '--install', '-s', bin])
  const argv = shell === 'busybox' ? ['busybox', 'ash'] : [shell]
  let count = 1
  return {
    directory,
    repo: join(directory, 'repo'),
    release,
    home,
    run: (text, env = {}) =>
      runCommand(argv, {
        cwd: directory,
        // As the session does: errexit, no input, the run's own folder.
        stdin: `main() {\n( set -eu\n${render(text, (secret) => `'${reveal(secret).replaceAll("'", "'\\''")}'`)}\n)\n}\nDF_RUN=${run}\nmain </dev/null\n`,
        env: { PATH: `${bin}:${process.env.PATH}`, HOME: home, ...env },
      }),
    newRelease: async () => {
      const path = join(directory, `releases/${++count}`)
      await mkdir(path)
      return path
    },
    remove: () => rm(directory, { recursive: true, force: true, maxRetries: 5 }),
  }
}
