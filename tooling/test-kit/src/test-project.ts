import type { CommandOptions, CommandResult } from './command.ts'
import { installBuilt } from './install-built.ts'
import { runCli } from './run-cli.ts'
import { createTestFolder } from './test-folder.ts'

/** A project of a user with the built packages installed, for one test. */
export interface TestProject {
  readonly directory: string
  /** `dragonfab …` there. */
  run(args: readonly string[], options?: CommandOptions): Promise<CommandResult>
}

export function createTestProject(files: Readonly<Record<string, string>>, without: readonly string[] = []): TestProject {
  const directory = createTestFolder({ 'package.json': '{ "name": "shop", "private": true }', ...files })
  installBuilt(directory, without)
  return {
    directory,
    run: (args, options = {}) =>
      runCli(args, { cwd: directory, timeoutMs: 60_000, ...options, env: { NO_COLOR: '1', CI: '1', ...options.env } }),
  }
}
