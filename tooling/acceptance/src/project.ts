import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type CommandOptions,
  type CommandResult,
  programPath,
  type RunningCommand,
  type SshHosts,
  startCli,
  workspaceRoot,
} from '@dragonfab/test-kit'

/** A user's project in a folder of its own, and the built command line in it. */
export interface AcceptanceProject {
  readonly directory: string
  /** For `environments.*.hosts`: every host of the cluster under its name in ssh_config, with a path of this project's own. */
  readonly hosts: readonly { readonly name: string; readonly path: string }[]
  /** What is set for every command, besides the tests' own environment. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where a host's application lies. */
  path(host: string): string
  /** Writes `dragonfab.config.json`. */
  json(config: object): Promise<void>
  /** Writes `dragonfab.config.ts`: the text of what stands in `defineConfig({ … })`. Has `git` and `release` at hand. */
  typescript(body: string): Promise<void>
  /** Writes a file beside the config. */
  write(name: string, text: string): Promise<void>
  start(words: readonly string[], options?: CommandOptions): RunningCommand
  run(words: readonly string[], options?: CommandOptions): Promise<CommandResult>
  remove(): Promise<void>
}

export interface AcceptanceProjectOptions {
  /** The name of the application's folder on the hosts; `shop` by default. Projects with different names share nothing. */
  readonly name?: string | undefined
  /** Instead of the cluster's own: one through proxies. */
  readonly sshConfig?: string | undefined
}

const modules = join(workspaceRoot, 'tooling/acceptance/node_modules')

export async function createProject(cluster: SshHosts, options: AcceptanceProjectOptions = {}): Promise<AcceptanceProject> {
  const name = options.name ?? 'shop'
  const directory = await mkdtemp(join(tmpdir(), 'dragonfab-project-'))
  await symlink(modules, join(directory, 'node_modules'))
  await writeFile(join(directory, 'package.json'), '{ "type": "module", "private": true }\n')
  const path = await withSshConfig(directory, options.sshConfig ?? cluster.sshConfig)
  // Nothing of whoever runs the tests: no agent, no git configuration, no CI.
  const env = { PATH: path, HOME: directory, SSH_AUTH_SOCK: undefined, CI: undefined, NO_COLOR: '1', GIT_CONFIG_NOSYSTEM: '1' }
  const hosts = cluster.hosts.map((host) => ({ name: host.name, path: join(host.root, name) }))
  const running = new Set<RunningCommand>()
  const start: AcceptanceProject['start'] = (words, more = {}) => {
    const run = startCli(words, { timeoutMs: 120_000, ...more, cwd: directory, env: { ...env, ...more.env } })
    running.add(run)
    const over = () => void running.delete(run)
    run.result.then(over, over)
    return run
  }
  return {
    directory,
    hosts,
    env,
    path: (host) => join(hosts.find((each) => each.name === host)?.path ?? listMissing(host)),
    json: (config) => writeFile(join(directory, 'dragonfab.config.json'), JSON.stringify({ appName: name, ...config })),
    typescript: (body) => writeFile(join(directory, 'dragonfab.config.ts'), formatTypescript(name, body)),
    write: (file, text) => writeFile(join(directory, file), text),
    start,
    run: (words, more) => start(words, more).result,
    remove: async () => {
      // A test that failed may have left one that waits.
      for (const each of running) each.kill('SIGKILL')
      await Promise.allSettled([...running].map((each) => each.result))
      await rm(directory, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** A PATH on which `ssh` reads this ssh_config instead of the one at home, as if it were the user's own. */
async function withSshConfig(directory: string, config: string): Promise<string> {
  const bin = join(directory, 'bin')
  await mkdir(bin)
  await writeFile(join(bin, 'ssh'), `#!/bin/sh\nexec ${programPath('ssh') ?? '/usr/bin/ssh'} -F '${config}' "$@"\n`)
  await chmod(join(bin, 'ssh'), 0o755)
  return `${bin}:${process.env.PATH}`
}

function formatTypescript(name: string, body: string): string {
  return `import git from '@dragonfab/plugin-git'
import release from '@dragonfab/plugin-release'
import { code, defineConfig, secret, sh, step } from 'dragonfab'

void [git, release, code, secret, sh, step]
export default defineConfig({
  appName: ${JSON.stringify(name)},
${body}
})
`
}

function listMissing(host: string): never {
  throw new Error(`no host ${host}`)
}
