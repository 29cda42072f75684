import { mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { type CommandOptions, type CommandResult, runCli, workspaceRoot } from '@dragonfab/test-kit'
import { folder } from './folder.ts'

/** A project of a user with the built packages installed, for one test. */
export interface Project {
  readonly directory: string
  /** `dragonfab …` there. */
  run(args: readonly string[], options?: CommandOptions): Promise<CommandResult>
}

const scoped = readdirSync(join(workspaceRoot, 'packages')).filter((name) => name !== 'cli')

export function project(files: Readonly<Record<string, string>>, without: readonly string[] = []): Project {
  const directory = folder({ 'package.json': '{ "name": "shop", "private": true }', ...files })
  mkdirSync(join(directory, 'node_modules/@dragonfab'), { recursive: true })
  const packages = join(workspaceRoot, 'packages')
  symlinkSync(join(packages, 'cli'), join(directory, 'node_modules/dragonfab'))
  for (const name of scoped)
    if (!without.includes(name)) symlinkSync(join(packages, name), join(directory, 'node_modules/@dragonfab', name))
  return {
    directory,
    run: (args, options = {}) =>
      runCli(args, { cwd: directory, timeoutMs: 60_000, ...options, env: { NO_COLOR: '1', CI: '1', ...options.env } }),
  }
}
