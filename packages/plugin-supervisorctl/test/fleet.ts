import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import {
  type CommandResult,
  findProjectUser,
  type RunningCommand,
  runCli,
  type SshHosts,
  type Supervisord,
  startCli,
  startSshHosts,
  startSupervisord,
  type TestUser,
  type UserKind,
} from '@dragonfab/test-kit'
import { expect } from 'vitest'

/** Hosts with a supervisord each, and a project that uploads `app/` and restarts what runs from it, through the built command line. */
export interface Fleet {
  readonly names: readonly string[]
  readonly user: TestUser
  /** A host's application. */
  path(host: string): string
  daemon(host: string): Supervisord
  /** Writes the application that the next release ships: its program, and its configuration for supervisord. */
  app(program: string, conf?: string): Promise<void>
  /** Writes all files of the next release: their paths and texts. */
  ships(files: Readonly<Record<string, string>>): Promise<void>
  run(words: readonly string[]): Promise<CommandResult>
  start(words: readonly string[]): RunningCommand
  /** Sets the options of supervisorctl for all later runs. */
  options(more: object): Promise<void>
  /** Sets roles that share each host and path. By default, the program of a role has the role's name. */
  roles(each: Readonly<Record<string, object>>): Promise<void>
  stop(): Promise<void>
}

/** The configuration of a program. `%(here)s` is `conf.d`, in the application's folder. */
export const confOf = (more = '', program = 'shop') => `[program:${program}]
command=%(here)s/../shop/current/bin/${program}
directory=%(here)s/../shop/current
startsecs=1
stopwaitsecs=2
${more}
`

/** A program that stays up. */
export const lives = (version: string) => `#!/bin/sh\necho "version ${version}"\nexec sleep 1000\n`
/** A program that comes up and dies two seconds after its start. */
export const dies = '#!/bin/sh\necho up\necho "cannot reach the queue" >&2\nsleep 2\nexit 7\n'

export const outputOf = ({ stdout, stderr }: Pick<CommandResult, 'stdout' | 'stderr'>): string => stdout + stderr
/** Shows the output if the status is another one. */
export const expectStatus = (end: CommandResult, status: number): void => expect(end.status, outputOf(end)).toBe(status)

export async function fleet(count: number, options: { readonly user?: UserKind; readonly daemonUser?: 'root' } = {}): Promise<Fleet> {
  const hosts: SshHosts = await startSshHosts(count, { user: options.user ?? 'plain' })
  const user = options.daemonUser === 'root' ? undefined : hosts.user
  const started = await Promise.all(
    hosts.hosts.map(async ({ name, root }) => [name, await startSupervisord({ directory: root, user })] as const),
  )
  const daemons = new Map(started)
  const directory = await mkdtemp(join(tmpdir(), 'dragonfab-supervised-'))
  const env = findProjectUser(directory, hosts.sshConfig)
  const daemon = (host: string) => daemons.get(host) ?? missing(host)
  const on = (program: string, more: object) =>
    hosts.hosts.map(({ name, root }) => ({
      name,
      path: join(root, 'shop'),
      supervisorctl: { command: daemon(name).command, program, target: join(root, `conf.d/${program}.conf`), ...more },
    }))
  const configure = (environment: object) => {
    const text = `import supervisorctl from '@dragonfab/plugin-supervisorctl'
import { defineConfig } from 'dragonfab'
export default defineConfig({
  appName: 'shop',
  plugins: [supervisorctl({ watch: 3 })],
  environments: { test: ${JSON.stringify(environment)} },
  hooks: { 'deploy.updating': ({ env, upload }) => upload('app', env.releasePath) },
})
`
    return writeFile(join(directory, 'dragonfab.config.ts'), text)
  }
  const plain = (more: object) => configure({ hosts: on('shop', more) })
  await plain({})
  const ships = async (files: Readonly<Record<string, string>>) => {
    await rm(join(directory, 'app'), { recursive: true, force: true })
    for (const [name, text] of Object.entries(files)) {
      const file = join(directory, 'app', name)
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, text)
      await chmod(file, 0o755)
    }
  }
  return {
    names: hosts.hosts.map(({ name }) => name),
    user: hosts.user,
    path: (host) => join(daemon(host).directory, 'shop'),
    daemon,
    options: plain,
    roles: (each) =>
      configure({ roles: Object.fromEntries(Object.entries(each).map(([role, more]) => [role, { hosts: on(role, more) }])) }),
    app: (program, conf = confOf()) => ships({ 'bin/shop': program, 'configs/supervisor_test.conf': conf }),
    ships,
    run: (words) => runCli(words, { cwd: directory, env }),
    start: (words) => startCli(words, { cwd: directory, env }),
    stop: async () => {
      await Promise.all([...daemons.values()].map((each) => each.stop()))
      await hosts.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

function missing(host: string): never {
  throw new Error(`no host ${host}`)
}
