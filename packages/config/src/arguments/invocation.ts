import type { Problem } from '@dragonfab/core'
import type { CommandName } from '@dragonfab/plan'
import type { FlagVariable, VariableOverride } from './variables.ts'

/** What can be named on the command line in this project. */
export interface Vocabulary {
  readonly environments: readonly string[]
  /** The roles of each environment, for `--role` without an environment. */
  readonly roles?: ReadonlyMap<string, readonly string[]>
  /** The task that an environment's name without a task means, where there is one. */
  readonly defaultTasks?: ReadonlyMap<string, string>
  /** Names of the positional arguments by task; one that ends in `?` may be left out. */
  readonly tasks: ReadonlyMap<string, readonly string[]>
  /** Those of a task's arguments that are switches (`--release`); on a line with the task they win over a variable of that name. */
  readonly switches?: ReadonlyMap<string, readonly string[]>
  readonly variables: readonly FlagVariable[]
  /** Tasks that run on this machine where no environment is named. */
  readonly withoutEnvironment?: ReadonlySet<string>
  /** The environment that is this machine, where those tasks run. */
  readonly localEnvironment?: string | undefined
}

export interface NamedTaskCall {
  readonly name: string
  /** By argument name; those left out are absent. */
  readonly args: Readonly<Record<string, string>>
}

export interface CommandOptions {
  readonly dryRun: boolean
  readonly planOut?: string
  readonly json: boolean
  readonly yes: boolean
  /** Hosts at a time. */
  readonly parallel?: number
  readonly noPlugins: readonly string[]
  /** Milliseconds to wait for a lock that another holds. */
  readonly lockWaitMs?: number
  readonly reason?: string
  readonly askSudoPassword: boolean
  readonly verbose: boolean
  readonly quiet: boolean
  /** Secrets in the output of an attached command stay as they are. */
  readonly noMask: boolean
  readonly config?: string
  /** `new --from FILE`. */
  readonly from?: string
  /** `new --plugin NAME`. */
  readonly plugin?: string
  readonly help: boolean
  readonly version: boolean
}

/** A command line, understood. */
export interface CommandLine {
  /** Undefined: tasks in an environment. */
  readonly command?: CommandName
  /** What follows the command's name (`apply plan.json`). */
  readonly operands: readonly string[]
  /** One, or with `--role` alone every one that has the role, in the config's order; none for a command. */
  readonly environments: readonly string[]
  readonly tasks: readonly NamedTaskCall[]
  readonly roles: readonly string[]
  readonly hosts: readonly string[]
  readonly overrides: readonly VariableOverride[]
  readonly options: CommandOptions
}

/** All mistakes of a command line, reported together and not one per try. */
export type ProblemList = Problem[]

export function createProblem(code: string, message: string, remedy?: string): Problem {
  return remedy === undefined ? { code, message } : { code, message, remedy }
}
