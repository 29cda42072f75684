import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type CommandOptions, type CommandResult, type RunningCommand, startCommand } from './command.ts'
import { workspaceRoot } from './workspace.ts'

const program = join(workspaceRoot, 'packages/cli/dist/bin.js')

/** The built program as an argv: `[...cli(), 'list']`. */
export function resolveCli(): string[] {
  if (!existsSync(program)) throw new Error(`${program} is missing: run \`npm run setup\` first`)
  return [process.execPath, program]
}

/** Starts the built program; `env` is added to this process's own, an `undefined` takes a variable out. */
export function startCli(args: readonly string[], options: CommandOptions = {}): RunningCommand {
  return startCommand([...resolveCli(), ...args], { ...options, env: { ...process.env, ...options.env } })
}

/** Runs the built program to its end. */
export function runCli(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  return startCli(args, options).result
}
