import { realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mustRun } from '../command.ts'
import { workspaceRoot } from '../workspace.ts'

export const packageManagers = ['npm', 'pnpm', 'yarn 1', 'yarn 4 with node_modules', 'yarn 4 with PnP'] as const
export type PackageManager = (typeof packageManagers)[number]

/** How a package manager is called in a project: words that go before a package's name, and before a program's. */
export interface ManagerCommands {
  readonly add: readonly string[]
  readonly exec: readonly string[]
}

type Env = Readonly<Record<string, string | undefined>>

/** Writes into an empty project what has the manager ask `registry` for packages; gives how it is called there. */
export async function prepareManager(manager: PackageManager, directory: string, registry: string, env: Env): Promise<ManagerCommands> {
  const write = (name: string, text: string) => writeFileSync(join(directory, name), text)
  write('.npmrc', `registry=${registry}/\nfund=false\naudit=false\nupdate-notifier=false\n`)
  if (manager === 'npm') return { add: ['npm', 'install'], exec: ['npx', '--no-install'] }
  if (manager === 'pnpm') return commands([process.execPath, join(workspaceRoot, 'node_modules/pnpm/bin/pnpm.cjs')], ['exec'])
  if (manager === 'yarn 1') {
    // Root's cache would be the machine's, and keeps what an earlier build was packed into under the same version.
    write('.yarnrc', `registry "${registry}/"\ncache-folder "${join(directory, '..', 'yarn-cache')}"\ndisable-self-update-check true\n`)
    return commands(await yarn('yarn@1.22.22', env), ['--silent', 'run'])
  }
  // Its project begins where a lockfile is. In CI it would refuse to write one.
  write('yarn.lock', '')
  const settings = {
    npmRegistryServer: registry,
    unsafeHttpWhitelist: ['127.0.0.1'],
    nodeLinker: manager === 'yarn 4 with PnP' ? 'pnp' : 'node-modules',
    enableGlobalCache: true,
    enableImmutableInstalls: false,
    enableTelemetry: false,
    enableScripts: false,
    // Other packages come from their own registry, whenever they were published.
    npmMinimalAgeGate: 0,
  }
  write('.yarnrc.yml', JSON.stringify(settings))
  return commands(await yarn('@yarnpkg/cli-dist@4', env), ['run'])
}

const commands = (program: readonly string[], exec: readonly string[]): ManagerCommands => ({
  add: [...program, 'add'],
  exec: [...program, ...exec],
})

/** A yarn that npm brings, outside of any project: its file in npm's cache. */
async function yarn(spec: string, env: Env): Promise<readonly string[]> {
  const where = await mustRun(['npx', '--yes', '--package', spec, '--call', 'command -v yarn'], {
    cwd: tmpdir(),
    env: { ...env, HOME: process.env.HOME },
    timeoutMs: 300_000,
  })
  return [process.execPath, realpathSync(where.trim())]
}
