import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CommandOptions, type CommandResult, mustRun, runCommand } from '../command.ts'
import { workspaceRoot } from '../workspace.ts'
import { startRegistry } from './registry.ts'

/** An empty project of a user, who can install what this workspace would publish. */
export interface PackedProject {
  readonly directory: string
  /** A home of its own, and nothing of the workspace. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** `npm install …` or `pnpm add …` */
  add(...packages: readonly string[]): Promise<CommandResult>
  /** `npx …` or `pnpm exec …`: a program that was installed. Never fetches one. */
  exec(argv: readonly string[], options?: CommandOptions): Promise<CommandResult>
  /** What came from the packed tarballs. */
  served(): readonly string[]
  remove(): Promise<void>
}

export interface PackedProjectOptions {
  /** Tarballs to serve instead of the workspace's own, which must be built. */
  readonly tarballs?: readonly string[] | undefined
}

/** Packs what is published, serves it from a registry on loopback, and gives an empty project that installs from there. */
export async function createPackedProject(manager: 'npm' | 'pnpm', options: PackedProjectOptions = {}): Promise<PackedProject> {
  const base = await mkdtemp(join(tmpdir(), 'dragonfab-packed-'))
  const directory = join(base, 'project')
  const home = join(base, 'home')
  await Promise.all([mkdir(directory), mkdir(home)])
  const registry = await startRegistry(options.tarballs ?? (await packWorkspace()))
  await writeFile(join(directory, 'package.json'), '{ "name": "a-users-project", "private": true }\n')
  await writeFile(join(directory, '.npmrc'), `registry=${registry.url}/\nfund=false\naudit=false\nupdate-notifier=false\n`)
  // What npm sets for the scripts of this workspace would lead its successors back to it.
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD|VITEST|NODE_ENV|TEST$)/i.test(name)),
  )
  const outside = (inherited.PATH ?? '').split(':').filter((entry) => !entry.includes('node_modules'))
  const env = { ...inherited, PATH: outside.join(':'), HOME: home, XDG_DATA_HOME: join(home, 'data'), CI: '1' }
  const pnpm = [process.execPath, join(workspaceRoot, 'node_modules/pnpm/bin/pnpm.cjs')]
  const resolveInside = (argv: readonly string[], more: CommandOptions = {}) =>
    runCommand(argv, { cwd: directory, timeoutMs: 300_000, ...more, env: { ...env, ...more.env } })
  return {
    directory,
    env,
    add: (...packages) => resolveInside(manager === 'npm' ? ['npm', 'install', ...packages] : [...pnpm, 'add', ...packages]),
    exec: (argv, more) => resolveInside([...(manager === 'npm' ? ['npx', '--no-install'] : [...pnpm, 'exec']), ...argv], more),
    served: () => registry.served,
    remove: async () => {
      await registry.stop()
      await rm(base, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** What would be published, packed once for all tests; gives the tarballs' paths. */
async function packWorkspace(): Promise<string[]> {
  const said = await mustRun([process.execPath, join(workspaceRoot, 'tooling/workspace/pack.mjs')], { timeoutMs: 300_000 })
  return said.trim().split('\n')
}
