import type { Problem } from '@dragonfab/core'
import type { CommandName } from '@dragonfab/plan'
import type { FlagVariable, VariableOverride } from './variables.ts'

/** The names that a command line may use in this project. */
export interface Vocabulary {
  readonly environments: readonly string[]
  /** The roles of each environment, for `--role` without an environment. */
  readonly roles?: ReadonlyMap<string, readonly string[]>
  /** The task that runs if a command line names only the environment, by environment. */
  readonly defaultTasks?: ReadonlyMap<string, string>
  /** Names of the positional arguments by task; one that ends in `?` may be left out. */
  readonly tasks: ReadonlyMap<string, readonly string[]>
  /** A task's arguments that are switches (`--release`). On a line with the task they win over a variable with the same name. */
  readonly switches?: ReadonlyMap<string, readonly string[]>
  readonly variables: readonly FlagVariable[]
  /** Tasks that run on this machine if the line names no environment. */
  readonly withoutEnvironment?: ReadonlySet<string>
  /** The environment that contains only this machine. Those tasks run in it. */
  readonly localEnvironment?: string | undefined
}

export interface NamedTaskCall {
  readonly name: string
  /** Values by argument name. Arguments that were left out are absent. */
  readonly args: Readonly<Record<string, string>>
}

export interface CommandOptions {
  readonly dryRun: boolean
  readonly planOut?: string
  readonly json: boolean
  readonly yes: boolean
  /** The number of hosts at a time. */
  readonly parallel?: number
  readonly noPlugins: readonly string[]
  /** Milliseconds to wait for a lock that another run holds. */
  readonly lockWaitMs?: number
  readonly reason?: string
  readonly askSudoPassword: boolean
  readonly verbose: boolean
  readonly quiet: boolean
  /** Secrets in the output of a command with this program's streams are not masked. */
  readonly noMask: boolean
  readonly config?: string
  /** `new --from FILE`. */
  readonly from?: string
  /** `new --plugin NAME`. */
  readonly plugin?: string
  readonly help: boolean
  readonly version: boolean
}

/** A parsed command line. */
export interface CommandLine {
  /** Undefined if the line names tasks in an environment. */
  readonly command?: CommandName
  /** The words after the command's name (`apply plan.json`). */
  readonly operands: readonly string[]
  /** One environment. With only `--role`: every environment that has the role, in the config's order. Empty for a command. */
  readonly environments: readonly string[]
  readonly tasks: readonly NamedTaskCall[]
  readonly roles: readonly string[]
  readonly hosts: readonly string[]
  readonly overrides: readonly VariableOverride[]
  readonly options: CommandOptions
}

/** All mistakes of a command line, so that they are reported together. */
export type ProblemList = Problem[]

export function createProblem(code: string, message: string, remedy?: string): Problem {
  return remedy === undefined ? { code, message } : { code, message, remedy }
}
