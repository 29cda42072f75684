import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Fragment, render, reveal } from '@dragonfab/core'
import { type CommandResult, mustRun, programPath, runCommand } from '@dragonfab/test-kit'

export const shells = ['dash', 'bash', 'busybox'] as const
type CurlHostShell = (typeof shells)[number]

/** A place that stands for a host: steps run in it as the session runs them. */
export interface CurlHost {
  readonly directory: string
  readonly release: string
  /** Runs a step. */
  run(text: Fragment): Promise<CommandResult>
  /** What was downloaded. */
  downloaded(body: Buffer): Promise<void>
  remove(): Promise<void>
}

/** With `busybox`, all applets of busybox stand before the system's tools, as on Alpine; with `only`, nothing but these programs is there. */
export async function startCurlHost(shell: CurlHostShell = 'dash', only?: readonly string[]): Promise<CurlHost> {
  const directory = await mkdtemp(join(tmpdir(), 'dragonfab-plugin-curl-'))
  const [release, bin, run] = [join(directory, 'releases/1'), join(directory, 'bin'), join(directory, 'run')]
  for (const each of [release, bin, run]) await mkdir(each, { recursive: true })
  if (only) for (const each of only) await symlink(programPath(each) ?? each, join(bin, each))
  else if (shell === 'busybox') await mustRun(['busybox', '--install', '-s', bin])
  const argv = shell === 'busybox' ? [programPath('busybox') ?? 'busybox', 'ash'] : [programPath(shell) ?? shell]
  return {
    directory,
    release,
    run: (text) =>
      runCommand(argv, {
        cwd: directory,
        // As the session does: errexit, no input, the run's own folder.
        stdin: `main() {\n( set -eu\n${render(text, (secret) => `'${reveal(secret).replaceAll("'", "'\\''")}'`)}\n)\n}\nDF_RUN=${run}\nmain </dev/null\n`,
        env: { PATH: only ? bin : `${bin}:${process.env.PATH}`, HOME: directory },
      }),
    downloaded: (body) => writeFile(join(run, 'curl.file'), body),
    remove: () => rm(directory, { recursive: true, force: true, maxRetries: 5 }),
  }
}
