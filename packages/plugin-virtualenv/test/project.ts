import { mkdirSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import {
  type CommandOptions,
  type CommandResult,
  installBuilt,
  mustRun,
  programPath,
  type RunningCommand,
  type SshHosts,
  startCli,
} from '@dragonfab/test-kit'
import { python } from './wheels.ts'

/** A user's project in a folder of its own, with the built command line in it. What is released is uploaded from `app/`. */
export interface VenvProject {
  readonly directory: string
  /** Where the application lies on the host. */
  readonly path: string
  readonly current: string
  readonly venvs: string
  /** Replaces what is released. */
  app(files: Readonly<Record<string, string>>): Promise<void>
  /** Writes `dragonfab.config.ts`. */
  config(plugins: string, more?: string): Promise<void>
  /** Writes a file beside the config. */
  write(name: string, text: string): Promise<void>
  start(words: readonly string[], options?: CommandOptions): RunningCommand
  run(words: readonly string[], options?: CommandOptions): Promise<CommandResult>
  /** A release that must be good; gives its name. */
  release(...flags: readonly string[]): Promise<string>
  /** The real place of the live release's venv. */
  venv(): Promise<string>
  remove(): Promise<void>
}

export interface VenvProjectOptions {
  readonly cluster?: SshHosts | undefined
  /** Where the application lies on the host; a folder of this machine by default. */
  readonly path?: string | undefined
  readonly sudoUser?: string | undefined
}

export async function createVenvProject(options: VenvProjectOptions = {}): Promise<VenvProject> {
  const directory = await mkdtemp(join(tmpdir(), 'dragonfab-python-'))
  const path = options.path ?? join(directory, 'deployed')
  installBuilt(directory)
  await writeFile(join(directory, 'package.json'), '{ "type": "module", "private": true }\n')
  const { cluster } = options
  const bin = join(directory, 'bin')
  await mkdir(bin)
  if (cluster) {
    await writeFile(join(bin, 'ssh'), `#!/bin/sh\nexec ${programPath('ssh') ?? '/usr/bin/ssh'} -F '${cluster.sshConfig}' "$@"\n`)
    await chmod(join(bin, 'ssh'), 0o755)
  }
  // Nothing of whoever runs the tests: no index, no wheels, no git configuration.
  const env = {
    PATH: `${bin}:/usr/local/bin:/usr/bin:/bin`,
    HOME: directory,
    SSH_AUTH_SOCK: undefined,
    NO_COLOR: '1',
    CI: '1',
    ...Object.fromEntries(
      Object.keys(process.env)
        .filter((name) => /^(PIP|UV)_/.test(name))
        .map((name) => [name, undefined]),
    ),
  }
  const name = cluster?.hosts[0]?.name ?? 'local'
  const running = new Set<RunningCommand>()
  const start: VenvProject['start'] = (words, more = {}) => {
    const run = startCli(words, { timeoutMs: 120_000, ...more, cwd: directory, env: { ...env, ...more.env } })
    running.add(run)
    return run
  }
  const run: VenvProject['run'] = (words, more) => start(words, more).result
  const current = join(path, 'current')
  return {
    directory,
    path,
    current,
    venvs: join(path, 'shared/venvs'),
    app: async (files) => {
      const app = join(directory, 'app')
      await rm(app, { recursive: true, force: true })
      for (const [file, text] of Object.entries(files)) {
        mkdirSync(dirname(join(app, file)), { recursive: true })
        await writeFile(join(app, file), text)
      }
    },
    config: (plugins, more = '') =>
      writeFile(
        join(directory, 'dragonfab.config.ts'),
        `import git from '@dragonfab/plugin-git'
import release from '@dragonfab/plugin-release'
import virtualenv from '@dragonfab/plugin-virtualenv'
import virtualenvtools from '@dragonfab/plugin-virtualenv/virtualenvtools'
import virtualenvwrapper from '@dragonfab/plugin-virtualenv/virtualenvwrapper'
import { defineConfig, definePlugin } from 'dragonfab'

void [git, virtualenv, virtualenvtools, virtualenvwrapper]
const ship = definePlugin({
  name: 'ship',
  needs: [release()],
  hooks: { 'deploy.updating': ({ env, upload }) => upload('app', env.releasePath) },
})()
const python = ${JSON.stringify(python)}
void [python, ship]
export default defineConfig({
  appName: 'shop',
  plugins: [${plugins}],
  environments: {
    production: {
      hosts: [{ name: ${JSON.stringify(name)}, path: ${JSON.stringify(path)} }],${options.sudoUser ? `\n      sudoUser: ${JSON.stringify(options.sudoUser)},` : ''}
    },
  },
${more}
})
`,
      ),
    write: (file, text) => writeFile(join(directory, file), text),
    start,
    run,
    release: async (...flags) => {
      const { status, stdout, stderr } = await run(['production', 'release', ...flags])
      if (status !== 0) throw new Error(`release: status ${status}\n${stdout}${stderr}`)
      return (await mustRun(['readlink', '-f', current])).trim().replace(/^.*\//, '')
    },
    venv: async () => (await mustRun(['readlink', '-f', join(current, 'venv')])).trim(),
    remove: async () => {
      for (const each of running) each.kill('SIGKILL')
      await Promise.allSettled([...running].map((each) => each.result))
      await rm(directory, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

export const venvsOf = async (of: VenvProject): Promise<string[]> => (await readdir(of.venvs)).sort()
export const read = (path: string): Promise<string> => readFile(path, 'utf8')
