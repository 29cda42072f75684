import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CommandResult } from './command.ts'
import { findProjectUser } from './project-user.ts'
import { runCli } from './run-cli.ts'
import type { SshHosts } from './ssh-hosts.ts'

export interface CliProjectOptions {
  /** Added to the environment of each command. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** Milliseconds that a command may take; 120,000 by default. */
  readonly timeoutMs?: number | undefined
}

/** A user's project with the built packages installed, for hosts that ssh knows as the user's own. */
export interface CliProject {
  readonly directory: string
  /** What its commands run with, for `startCli`. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** `dragonfab …` there. */
  run(...words: readonly string[]): Promise<CommandResult>
  /** Writes a file of the project. */
  write(name: string, text: string): Promise<void>
  /** `dragonfab.config.json` of an application `shop`, with an environment `test` of all the hosts. */
  config(config: object): Promise<void>
  /** Where a host's application lies. */
  path(host?: string): string
  remove(): Promise<void>
}

let count = 0

/** Makes a project in a folder of its own; each has paths of its own on the hosts. */
export async function createCliProject(
  cluster: Pick<SshHosts, 'hosts' | 'sshConfig'>,
  options: CliProjectOptions = {},
): Promise<CliProject> {
  const name = `app${++count}`
  const directory = await mkdtemp(join(tmpdir(), 'dragonfab-project-'))
  const path = (host = cluster.hosts[0]?.name) => join(cluster.hosts.find((each) => each.name === host)?.root ?? '', name)
  const environment = { ...findProjectUser(directory, cluster.sshConfig), ...options.env }
  return {
    directory,
    env: environment,
    run: (...words) => runCli(words, { cwd: directory, timeoutMs: options.timeoutMs ?? 120_000, env: environment }),
    write: (file, text) => writeFile(join(directory, file), text),
    config: (config) =>
      writeFile(
        join(directory, 'dragonfab.config.json'),
        JSON.stringify({
          appName: 'shop',
          environments: { test: { hosts: cluster.hosts.map((host) => ({ name: host.name, path: path(host.name) })) } },
          ...config,
        }),
      ),
    path,
    remove: () => rm(directory, { recursive: true, force: true, maxRetries: 5 }),
  }
}
