import type { Executor } from '../executor.ts'
import type { Flow, FlowPhase } from '../flow.ts'
import type { AnyEnv } from '../plain.ts'
import type { Fragment } from '../shell/fragment.ts'
import type { Sh } from '../shell/sh.ts'
import type { CodeSpec, CodeStep, RunScope, Stdio, Step, StepOptions, Steps } from '../step.ts'
import type { UploadOptions } from '../upload-request.ts'
import type { ConnectContext, GuestAddress } from './connect.ts'
import type { Fields } from './fields.ts'

/** What hooks and tasks receive. `E` is the env of the plugins that they know. */
export interface HookContext<E = AnyEnv> {
  readonly env: E
  /**
   * The env of every role that shares this host and path, including `env`, in the config's order. Steps whose text is the same for all of them
   * run once.
   */
  readonly envs: readonly E[]
  readonly sh: Sh
  /** Shell text that runs on this machine, once for all hosts, in the config's folder. */
  local(strings: TemplateStringsArray, ...values: Parameters<Sh> extends [unknown, ...infer V] ? V : never): Step
  /** Adds options to a step: `step(sh\`…\`, { as: 'root' })`. */
  step(what: Fragment | Step, options: StepOptions): Step
  /** The same step, only on the first host of the run. */
  firstHost(what: Fragment | Step): Step
  /** Makes a step of a function that runs on this machine. */
  code(spec: CodeSpec, run: CodeStep['run']): CodeStep
  /**
   * Sends the contents of a folder on this machine (relative to the config's folder) into a folder on the host. Only what has changed since the
   * last upload of that folder is sent. A transfer that is cut off is a failure.
   */
  upload(from: string, to: string, options?: UploadOptions): CodeStep
  /** The signal that is being planned, or the task's name. */
  readonly signal: string
  /** True while the undoing of a failed run is planned. */
  readonly undoing: boolean
}

export type Hook<E = AnyEnv> = (context: HookContext<E>) => Steps

export interface TaskContext<E = AnyEnv> extends HookContext<E> {
  /** The arguments that were given, by name. */
  readonly args: Readonly<Record<string, string | undefined>>
}

export interface TaskSpec<E = AnyEnv> {
  readonly summary: string
  /** Names of positional arguments. One that ends in `?` may be left out. */
  readonly args?: readonly string[]
  /** It changes nothing: no lock, no history, no files on the host. */
  readonly readOnly?: boolean
  /**
   * Its steps run on the machine that contains the guest (see `guest` of a plugin), as that machine's login user. `connect` provides the
   * executor. It takes no lock and writes no history, because both are in the guest, and it cannot run together with tasks for the guest.
   */
  readonly onMachine?: boolean
  /** Arguments that are switches on the command line: `--release`, without a value. One that is given is `'true'`. */
  readonly switches?: readonly string[]
  /**
   * Connects its last step to this program: what you pipe in is its input, its output is passed on byte for byte, and the run ends with its
   * exit status. It takes no lock, so it may run for long. `pipe`: if the run has one host. `tty`: on the first host only, with its own
   * terminal if this program has one. Without effect if the run has several tasks.
   */
  readonly stdio?: Stdio
  /** Phases before and after its own, by its arguments. The lock is held for them. */
  readonly wrap?: (
    args: TaskContext<E>['args'],
  ) => { readonly before: readonly FlowPhase[]; readonly after: readonly FlowPhase[]; readonly taskEnv?: Flow['taskEnv'] } | undefined
  /**
   * For a name that projects use themselves (`init`, `web_mode`): any other task of that name replaces this one. Of two overridable ones, the
   * plugin that is listed first wins.
   */
  readonly overridable?: boolean
  /**
   * The task, with its arguments, that ends what this one began: `web_mode:live`. If the run fails after this task has started, that task runs
   * last, unless the run has a later `always` or `onFailure` entry that calls either of the two. `env` is that of the first host.
   */
  readonly afterFailure?: (context: { readonly env: E; readonly args: TaskContext<E>['args'] }) => string | undefined
  readonly run: (context: TaskContext<E>) => Steps
}

export interface FactContext<E = AnyEnv> {
  /** The env of the host that is asked; for a `local` fact, of the run's first host. */
  readonly env: E
  readonly hosts: readonly string[]
  readonly run: RunScope
  readonly directory: string
  readonly signal: AbortSignal
  /** How many times planning has started again because a fact was taken. 0 at first. */
  readonly attempt: number
  readonly now: Date
  /** Facts that are known already, by variable name. */
  readonly known: Readonly<Record<string, unknown>>
  /** Runs a program on this machine. Does not reject if it fails. */
  exec(
    argv: readonly string[],
    options?: { readonly env?: Readonly<Record<string, string>>; readonly stdin?: string; readonly timeoutMs?: number },
  ): Promise<{ readonly status: number | undefined; readonly stdout: string; readonly stderr: string }>
  /** Runs read-only shell text on the host that is asked, or on the named one. Connects on the first call. */
  ask(text: Fragment, host?: string): Promise<{ readonly status: number | undefined; readonly stdout: string; readonly stderr: string }>
  readonly sh: Sh
}

/** What planning asks in advance, read-only. Its value becomes the variable of the same dotted name. */
export interface FactSpec<E = AnyEnv> {
  /** Asked only if a flow of the run has one of these signals. */
  readonly signals: readonly string[]
  /** `local`: once, on this machine. `host`: on every host. */
  readonly scope: 'local' | 'host'
  readonly ask: (context: FactContext<E>) => Promise<unknown>
  /** Receives the answers of all hosts (`scope: 'host'`), and returns the final value of each, or throws to refuse them. */
  readonly reconcile?: (answers: Readonly<Record<string, unknown>>, context: FactContext<E>) => Readonly<Record<string, unknown>>
}

/** What a plugin does, with the env that it knows. */
export interface PluginActs<E = AnyEnv> {
  readonly facts: Readonly<Record<string, FactSpec<E>>>
  readonly tasks: Readonly<Record<string, TaskSpec<E>>>
  /** Read-only shell text that prints what `apply` compares (`readlink current`). */
  readonly fingerprint?: ((context: HookContext<E>) => Fragment) | undefined
  /** Prepares and wraps a host's executor before the first script. */
  readonly connect?: ((context: ConnectContext<E>) => Promise<Executor>) | undefined
  /**
   * The one host of an environment (or role) without hosts: a guest, which this plugin's `connect` enters. Undefined if env
   * asks for none. It replaces the hosts of the top level and of `__all__`.
   */
  readonly guest?: ((env: E) => GuestAddress | undefined) | undefined
  /** The task that `dragonfab <environment>` alone means, if this plugin provides the environment's host. */
  readonly defaultTask?: string | undefined
}

/** A plugin as Dragonfab uses it. Made by `definePlugin`. */
export interface AnyPlugin extends PluginActs {
  /** Only for types. */
  readonly '~dragonfab': 'plugin'
  /** The format of this interface. It is raised if an older core could no longer read plugins. */
  readonly format: 1
  readonly name: string
  readonly needs: readonly AnyPlugin[]
  readonly options: Fields
  readonly variables: Fields
  /** The options that the user gave to the factory. */
  readonly given: Readonly<Record<string, unknown>>
  /** A layer: flat variables, and tables under plugins' names. */
  readonly defaults: Readonly<Record<string, unknown>>
  readonly signals: readonly string[]
  readonly flows: Readonly<Record<string, Flow>>
  readonly hooks: Readonly<Record<string, Hook | readonly Hook[]>>
  /** Where its hooks run on a signal: before all others, in the order of the list, after all others. */
  readonly order: 'pre' | 'normal' | 'post'
  readonly observe: Readonly<Record<string, (event: unknown) => void>>
}
