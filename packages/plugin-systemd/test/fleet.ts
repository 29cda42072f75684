import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type CommandResult, findProjectUser, runCli, type SshHosts } from '@dragonfab/test-kit'
import { expect } from 'vitest'

/** A project that uploads `app/` and restarts what runs from it, through the built command line. */
export interface SystemdProject {
  path(host: string): string
  /** Writes the application that the next release ships: its program, and further files. */
  app(program: string, files?: Readonly<Record<string, string>>): Promise<void>
  /** Options for systemd, for each host. */
  options(optionsOf: (host: { readonly name: string; readonly path: string }) => object): Promise<void>
  run(words: readonly string[]): Promise<CommandResult>
  remove(): Promise<void>
}

/** A program that stays up. */
export const lives = (version: string) => `#!/bin/sh\necho "version ${version}"\nexec sleep 1000\n`
/** A program that comes up and dies two seconds after its start. */
export const dies = '#!/bin/sh\necho up\nsleep 2\necho "cannot reach the queue" >&2\nexit 7\n'

export const outputOf = ({ stdout, stderr }: Pick<CommandResult, 'stdout' | 'stderr'>): string => stdout + stderr
/** Shows the output if the status is another one. */
export const expectStatus = (end: CommandResult, status: number): void => expect(end.status, outputOf(end)).toBe(status)

export async function createSystemdProject(hosts: SshHosts): Promise<SystemdProject> {
  const directory = await mkdtemp(join(tmpdir(), 'dragonfab-units-'))
  const env = findProjectUser(directory, hosts.sshConfig)
  const places = hosts.hosts.map(({ name, root }) => ({ name, path: join(root, 'shop') }))
  return {
    path: (name) => places.find((each) => each.name === name)?.path ?? '',
    options: (optionsOf) =>
      writeFile(
        join(directory, 'dragonfab.config.ts'),
        `import systemd from '@dragonfab/plugin-systemd'
import { defineConfig } from 'dragonfab'
export default defineConfig({
  appName: 'shop',
  plugins: [systemd({ watch: 3 })],
  environments: { test: { hosts: ${JSON.stringify(places.map((each) => ({ ...each, systemd: optionsOf(each) })))} } },
  hooks: { 'deploy.updating': ({ env, upload }) => upload('app', env.releasePath) },
})
`,
      ),
    app: async (program, files = {}) => {
      await rm(join(directory, 'app'), { recursive: true, force: true })
      for (const [name, text] of Object.entries({ 'bin/serve': program, ...files })) {
        const file = join(directory, 'app', name)
        await mkdir(dirname(file), { recursive: true })
        await writeFile(file, text)
        await chmod(file, 0o755)
      }
    },
    run: (words) => runCli(words, { cwd: directory, env }),
    remove: () => rm(directory, { recursive: true, force: true }),
  }
}
