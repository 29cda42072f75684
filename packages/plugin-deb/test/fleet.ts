import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import {
  buildDebPackage,
  type CommandResult,
  type DebianHosts,
  type DebSpec,
  programPath,
  type RunningCommand,
  startCli,
  workspaceRoot,
} from '@dragonfab/test-kit'
import { expect } from 'vitest'

/** A project that deploys a package `shop` to Debian hosts, through the built command line. */
export interface DebProject {
  readonly directory: string
  /** The folder of its packages. */
  readonly packages: string
  /** Options of the plugin, flat variables of the environment. */
  config(deb?: object, environment?: object): Promise<void>
  write(name: string, text: string): Promise<void>
  /** Builds a package into `packages`. */
  package(spec: Partial<DebSpec> & { readonly version: string }): Promise<string>
  start(words: readonly string[]): RunningCommand
  run(...words: readonly string[]): Promise<CommandResult>
  remove(): Promise<void>
}

export const outputOf = ({ stdout, stderr }: Pick<CommandResult, 'stdout' | 'stderr'>): string => stdout + stderr
/** Shows the output if the status is another one. */
export const expectStatus = (end: CommandResult, status: number): void => expect(end.status, outputOf(end)).toBe(status)

export async function createDebProject(hosts: DebianHosts, addresses?: Readonly<Record<string, string>>): Promise<DebProject> {
  const directory = await mkdtemp(join(tmpdir(), 'dragonfab-deb-'))
  const packages = join(directory, 'dist')
  const modules = join(directory, 'node_modules/@dragonfab')
  for (const folder of [packages, modules, join(directory, '.bin')]) await mkdir(folder, { recursive: true })
  const own = join(workspaceRoot, 'packages')
  await symlink(join(own, 'cli'), join(directory, 'node_modules/dragonfab'))
  for (const name of ['core', 'plugin-deb']) await symlink(join(own, name), join(modules, name))
  const ssh = join(directory, '.bin/ssh')
  await writeFile(ssh, `#!/bin/sh\nexec ${programPath('ssh')} -F '${hosts.sshConfig}' "$@"\n`)
  await chmod(ssh, 0o755)
  const env = { PATH: `${dirname(ssh)}:${process.env.PATH}`, HOME: directory, SSH_AUTH_SOCK: undefined, CI: '1', NO_COLOR: '1' }
  const start = (words: readonly string[]) => startCli(words, { cwd: directory, env, timeoutMs: 240_000 })
  const named = hosts.hosts.map(({ name }) => ({ name, ...(addresses?.[name] && { address: addresses[name] }) }))
  const write = (name: string, text: string) => writeFile(join(directory, name), text)
  return {
    directory,
    packages,
    write,
    config: (deb = {}, environment = {}) =>
      write(
        'dragonfab.config.json',
        JSON.stringify({
          appName: 'shop',
          plugins: ['deb'],
          deb: { packageDir: 'dist', wait: 60, ...deb },
          environments: { test: { hosts: named, ...environment } },
        }),
      ),
    package: (spec) => buildDebPackage(packages, { name: 'shop', ...spec }),
    start,
    run: (...words) => start(words).result,
    remove: () => rm(directory, { recursive: true, force: true }),
  }
}
