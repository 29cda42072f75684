import { type CommandOptions, type CommandResult, installBuilt, runCli } from '@dragonfab/test-kit'
import { folder } from './folder.ts'

/** A project of a user with the built packages installed, for one test. */
export interface Project {
  readonly directory: string
  /** `dragonfab …` there. */
  run(args: readonly string[], options?: CommandOptions): Promise<CommandResult>
}

export function project(files: Readonly<Record<string, string>>, without: readonly string[] = []): Project {
  const directory = folder({ 'package.json': '{ "name": "shop", "private": true }', ...files })
  installBuilt(directory, without)
  return {
    directory,
    run: (args, options = {}) =>
      runCli(args, { cwd: directory, timeoutMs: 60_000, ...options, env: { NO_COLOR: '1', CI: '1', ...options.env } }),
  }
}
