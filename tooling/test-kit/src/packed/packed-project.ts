import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CommandOptions, type CommandResult, mustRun, runCommand } from '../command.ts'
import { workspaceRoot } from '../workspace.ts'
import { type PackageManager, prepareManager } from './managers.ts'
import { startRegistry } from './registry.ts'

/** An empty project of a user, who can install what this workspace would publish. */
export interface PackedProject {
  readonly directory: string
  /** A home of its own, and nothing of the workspace. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** `npm install …`, or `add` of another manager. */
  add(...packages: readonly string[]): Promise<CommandResult>
  /** `npx …`, or `exec` of another manager: a program that was installed. Never fetches one. */
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
export async function createPackedProject(manager: PackageManager, options: PackedProjectOptions = {}): Promise<PackedProject> {
  const base = await mkdtemp(join(tmpdir(), 'dragonfab-packed-'))
  const directory = join(base, 'project')
  const home = join(base, 'home')
  await Promise.all([mkdir(directory), mkdir(home)])
  const registry = await startRegistry(options.tarballs ?? (await packWorkspace()))
  await writeFile(join(directory, 'package.json'), '{ "name": "a-users-project", "private": true }\n')
  // What npm sets for the scripts of this workspace would lead its successors back to it.
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD|VITEST|NODE_ENV|TEST$)/i.test(name)),
  )
  // What these tests install from npm is the same each time: its bytes come from the registry once. What is packed has new addresses each time.
  const cache = join(workspaceRoot, 'node_modules/.dragonfab-npm-cache')
  const outside = (inherited.PATH ?? '').split(':').filter((entry) => !entry.includes('node_modules'))
  const env = { ...inherited, PATH: outside.join(':'), HOME: home, XDG_DATA_HOME: join(home, 'data'), CI: '1', npm_config_cache: cache }
  const commands = await prepareManager(manager, directory, registry.url, env)
  const resolveInside = (argv: readonly string[], more: CommandOptions = {}) =>
    runCommand(argv, { cwd: directory, timeoutMs: 300_000, ...more, env: { ...env, ...more.env } })
  return {
    directory,
    env,
    add: (...packages) => resolveInside([...commands.add, ...packages]),
    exec: (argv, more) => resolveInside([...commands.exec, ...argv], more),
    served: () => registry.served,
    remove: async () => {
      await registry.stop()
      await rm(base, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** What would be published, packed once for all tests; gives the tarballs' paths. */
export async function packWorkspace(): Promise<string[]> {
  const said = await mustRun([process.execPath, join(workspaceRoot, 'tooling/workspace/pack.mjs')], { timeoutMs: 300_000 })
  return said.trim().split('\n')
}
