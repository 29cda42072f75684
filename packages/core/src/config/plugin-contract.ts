import type { Executor } from '../executor.ts'
import type { Flow, FlowPhase } from '../flow.ts'
import type { AnyEnv } from '../plain.ts'
import type { Fragment } from '../shell/fragment.ts'
import type { Sh } from '../shell/sh.ts'
import type { CodeSpec, CodeStep, RunScope, Stdio, Step, StepOptions, Steps } from '../step.ts'
import type { UploadOptions } from '../upload-request.ts'
import type { ConnectContext, GuestAddress } from './connect.ts'
import type { Fields } from './fields.ts'

/** What hooks and tasks get in their hands; `E` is the env of the plugins in play. */
export interface HookContext<E = AnyEnv> {
  readonly env: E
  /**
   * The env of every role that shares this host and path, `env` among them, in the config's order; of a host that serves one role, its own
   * alone. Steps whose text is equal for all of them run once.
   */
  readonly envs: readonly E[]
  readonly sh: Sh
  /** Shell text that runs on this machine, once for all hosts, in the config's folder. */
  local(strings: TemplateStringsArray, ...values: Parameters<Sh> extends [unknown, ...infer V] ? V : never): Step
  /** Gives a step options: `step(sh\`…\`, { as: 'root' })`. */
  step(what: Fragment | Step, options: StepOptions): Step
  /** The same step, only on the first host of the run. */
  firstHost(what: Fragment | Step): Step
  /** A step of TypeScript. */
  code(spec: CodeSpec, run: CodeStep['run']): CodeStep
  /**
   * Sends the contents of a folder of this machine (relative to the config's folder) into a folder of the host. Only what differs from the last
   * upload of that folder travels. A cut transfer is a failure.
   */
  upload(from: string, to: string, options?: UploadOptions): CodeStep
  /** The signal that is being planned, or the task's name. */
  readonly signal: string
  /** True while the way back is planned. */
  readonly undoing: boolean
}

export type Hook<E = AnyEnv> = (context: HookContext<E>) => Steps

export interface TaskContext<E = AnyEnv> extends HookContext<E> {
  /** Arguments by name; those left out are absent. */
  readonly args: Readonly<Record<string, string | undefined>>
}

export interface TaskSpec<E = AnyEnv> {
  readonly summary: string
  /** Names of positional arguments; one that ends in `?` may be left out. */
  readonly args?: readonly string[]
  /** Only looks: no lock, no history, nothing is created on the host. */
  readonly readOnly?: boolean
  /**
   * Its steps run on the machine that the host is inside of (see `inside` of a plugin), not in there, as its login user: `connect` makes of
   * it what is right. It takes no lock and writes no history, for both lie inside, and runs in no sequence with tasks that are inside.
   */
  readonly onMachine?: boolean
  /** Arguments that are switches on the command line (`--release`, without a value); one that is given is `true`. */
  readonly switches?: readonly string[]
  /**
   * Its last step is a command of whoever runs it. It takes no lock, so that it may last. On one host its output passes byte for byte,
   * what is piped into this program is its input, and the run ends with its exit status. `terminal`: on the first host of the run
   * alone, with a terminal of its own where this program has one. Nothing of this within a sequence of several tasks.
   */
  readonly stdio?: Stdio
  /** Phases around its own, by its arguments: the lock is held for these. */
  readonly wrap?: (
    args: TaskContext<E>['args'],
  ) => { readonly before: readonly FlowPhase[]; readonly after: readonly FlowPhase[]; readonly taskEnv?: Flow['taskEnv'] } | undefined
  /**
   * A ready-made part under a name that projects use themselves (`init`, `web_mode`): any other task of that name wins over it; of two
   * ready-made ones that of the plugin that is listed first.
   */
  readonly overridable?: boolean
  /**
   * The task (with its arguments) that ends what this one began, `web_mode:live`. It runs as the last thing of a run that fails once this
   * task has begun, unless the run has an `always` or `onFailure` entry of its own behind it that calls either of the two. `env` is that of the
   * first host.
   */
  readonly afterFailure?: (context: { readonly env: E; readonly args: TaskContext<E>['args'] }) => string | undefined
  readonly run: (context: TaskContext<E>) => Steps
}

export interface FactContext<E = AnyEnv> {
  /** Of the first host of the run (`here`), or of the host that is asked. */
  readonly env: E
  readonly hosts: readonly string[]
  readonly run: RunScope
  readonly directory: string
  readonly signal: AbortSignal
  /** How often planning was begun again because a fact was taken; 0 at first. */
  readonly attempt: number
  readonly now: Date
  /** Facts that were asked before this one, by variable name. */
  readonly known: Readonly<Record<string, unknown>>
  /** Runs a program on this machine: `{ status, stdout, stderr }`; never rejects for a status. */
  exec(
    argv: readonly string[],
    options?: { readonly env?: Readonly<Record<string, string>>; readonly stdin?: string; readonly timeoutMs?: number },
  ): Promise<{ readonly status: number | undefined; readonly stdout: string; readonly stderr: string }>
  /** Runs read-only shell text on a host (the asked one, or the named one). Connects when it is first called. */
  ask(text: Fragment, host?: string): Promise<{ readonly status: number | undefined; readonly stdout: string; readonly stderr: string }>
  readonly sh: Sh
}

/** Something that planning asks beforehand, read-only. Its value becomes the variable of the same (dotted) name. */
export interface FactSpec<E = AnyEnv> {
  /** Asked only when a planned flow has one of these signals. */
  readonly signals: readonly string[]
  /** `here`: once for the fleet. `host`: of every host. */
  readonly scope: 'local' | 'host'
  readonly ask: (context: FactContext<E>) => Promise<unknown>
  /** All hosts' answers together (`of: 'host'`): may refuse by throwing, or give every host its final value. */
  readonly reconcile?: (answers: Readonly<Record<string, unknown>>, context: FactContext<E>) => Readonly<Record<string, unknown>>
}

/** What a plugin does, by the env that it sees. */
export interface PluginActs<E = AnyEnv> {
  readonly facts: Readonly<Record<string, FactSpec<E>>>
  readonly tasks: Readonly<Record<string, TaskSpec<E>>>
  /** Read-only shell text that prints what `apply` compares (`readlink current`). */
  readonly fingerprint?: ((context: HookContext<E>) => Fragment) | undefined
  /** Prepares and wraps a host's executor before the first script. */
  readonly connect?: ((context: ConnectContext<E>) => Promise<Executor>) | undefined
  /**
   * The one host of an environment (or role) without hosts: a place within a machine, which this plugin's `connect` enters. Undefined if env
   * asks for none. It replaces the hosts of the top level and of `__all__`.
   */
  readonly guest?: ((env: E) => GuestAddress | undefined) | undefined
  /** The task that `dragonfab <environment>` alone means, if this plugin provides the environment's host. */
  readonly defaultTask?: string | undefined
}

/** A plugin as Dragonfab reads it. Made by `definePlugin`. */
export interface AnyPlugin extends PluginActs {
  /** Only for types. */
  readonly '~dragonfab': 'plugin'
  /** Of this contract: raised when an older core could not read what a plugin is. */
  readonly format: 1
  readonly name: string
  readonly needs: readonly AnyPlugin[]
  readonly options: Fields
  readonly variables: Fields
  /** The options that the user gave to the factory. */
  readonly given: Readonly<Record<string, unknown>>
  /** A layer: flat variables, and sections under plugins' names. */
  readonly defaults: Readonly<Record<string, unknown>>
  readonly signals: readonly string[]
  readonly flows: Readonly<Record<string, Flow>>
  readonly hooks: Readonly<Record<string, Hook | readonly Hook[]>>
  /** Where its hooks run on a signal: before all others, in the order of the list, after all others. */
  readonly order: 'pre' | 'normal' | 'post'
  readonly observe: Readonly<Record<string, (event: unknown) => void>>
}
