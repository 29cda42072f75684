import type { Problem } from './errors.ts'
import type { Executor } from './executor.ts'
import type { AnyEnv } from './plain.ts'
import { type Fragment, isFragment } from './shell/fragment.ts'
import type { RunFailure } from './signals/events.ts'
import type { SshDestination } from './target.ts'
import type { UploadOptions, UploadRequest } from './upload-request.ts'

/** What an exit status of a guard means, so that a failure is told in the field's words. `$OUTPUT` in the message is the step's last line. */
export interface StepFailure extends Omit<Problem, 'host' | 'step' | 'cause'> {
  /** Plan again with other facts (a release id that is taken) instead of failing. */
  readonly replan?: boolean
}

export interface StepOptions {
  /** What people read while it runs; the first line of its text by default. */
  readonly title?: string | undefined
  /** Run as this user instead of the host's (`root`), through sudo. */
  readonly as?: string | undefined
  /** Only on the first host of the run; the others go on until the next barrier. */
  readonly firstHost?: boolean | undefined
  /** Not ended when this machine goes away: own process group, the lock is held until it ends, output and status stay on the host. */
  readonly detached?: boolean | undefined
  /** Exit statuses (64–113 are free for guards) with a meaning of their own. */
  readonly failures?: Readonly<Record<number, StepFailure>> | undefined
  /**
   * What it writes outside of what is this role's alone: an absolute path, and the variable that names it. Two roles of one machine that
   * write it with different text are refused when the run is planned, with `%(role)s` in that variable as the remedy.
   */
  readonly writes?: { readonly path: string; readonly variable: string } | undefined
  /** A failure of this step is a warning: told, never failing the run. */
  readonly allowFailure?: boolean | undefined
  /** What it prints is for people, and shown without `--verbose` too (not with `--quiet`). */
  readonly showOutput?: boolean | undefined
}

/** What of this program a step has: its streams, or its terminal. */
export type Stdio = 'pipe' | 'tty'

/** Shell text, known before anything runs. */
export interface ShellStep extends StepOptions {
  readonly kind: 'shell'
  /** `host`: on every host of the run. `local`: on this machine, once, in the config's folder. */
  readonly target: 'host' | 'local'
  readonly text: Fragment
}

/** A host of another environment, as a code step reaches it. */
export interface OtherHost {
  readonly host: string
  /** The machine, as far as the config tells it: the same text for hosts of any environment on one machine. */
  readonly machine: string
  readonly role: string | undefined
  readonly env: AnyEnv
  /** As the user of its steps, or as this one; connected to when it is first asked for. No lock is taken there. */
  executor(user?: string): Promise<Executor>
}

/** What facts and code steps of one run share, on all hosts and whenever it is planned again. */
export interface RunScope {
  /** What `make` gave for this key in this run, be it a promise; one that rejects is forgotten. Begin keys with the plugin's name. */
  once<T>(key: string, make: () => T): T
  /** Lets the next `once` make it anew. */
  forget(key: string): void
  /** Commands on another machine, through the run's own SSH: its questions, its accepted keys. Closed when the run ends. */
  ssh(target: SshDestination): Promise<Executor>
}

export interface CodeContext {
  /** The host's executor, as the host's user (not for steps on this machine). */
  readonly executor: Executor
  /** Runs commands on this machine. */
  readonly local: Executor
  /** The host's name (not for steps on this machine). */
  readonly host: string
  readonly run: RunScope
  /** The config's folder. */
  readonly directory: string
  readonly signal: AbortSignal
  /** A line for people, under the step. */
  log(line: string): void
  /** How far it is: stands below the step while it runs, in place of what was told last. */
  progress(text: string): void
  /**
   * Asks the person whether to go on; `--yes` answers for them. False where nobody can be asked. `typed`: they must type this text, and `--yes`
   * does not do.
   */
  confirm(question: string, options?: { readonly typed?: string | undefined }): Promise<boolean>
  /** Runs shell text on the host in a channel of its own and gives its output; rejects unless status 0 was received. */
  capture(text: Fragment): Promise<string>
  /** Sends the contents of a folder of this machine to the host. */
  upload(request: UploadRequest): Promise<void>
  /** The project's environments, by their names. */
  readonly environments: readonly string[]
  /** The hosts of an environment of the project, to bring something from there, or to look at what the config says of it: this connects to none yet. */
  hostsOf(environment: string): Promise<readonly OtherHost[]>
  /** Text without this run's secrets, as people see it: for what a step sends elsewhere. */
  mask(text: string): string
  /** On signals that a flow tells after a failure: what went wrong, and how each host stands. */
  readonly failure?: RunFailure | undefined
}

/** Hashes the names, kinds, modes and contents of a folder of this machine; undefined when it is not there. */
export type FolderHash = (folder: string, filter?: Pick<UploadOptions, 'include' | 'exclude'>) => string | undefined

/** TypeScript that runs on this machine, for each host or once. In a plan it is data: who, what, with which arguments. */
export interface CodeStep extends StepOptions {
  readonly kind: 'code'
  readonly target: 'host' | 'local'
  readonly name: string
  /** JSON; part of the plan. */
  readonly args: unknown
  /** A hash of what it will read on this machine, where that can be known beforehand; `apply` refuses another. */
  readonly inputs?: ((folderHash: FolderHash) => string | undefined) | undefined
  /** What it will upload: who runs it may look at the folder and open a channel while it connects. What is sent is what is there in its turn. */
  readonly uploads?: UploadRequest | undefined
  readonly run: (context: CodeContext) => Promise<void>
}

export type Step = ShellStep | CodeStep
/** What a hook or a task may return: falsy entries are left out, plain shell text is a step on the host. */
export type Steps = Step | Fragment | null | undefined | false | '' | readonly Steps[]

/** Gives a step options; `step(sh\`…\`, { as: 'root', title: 'reload nginx' })`. */
export function step(what: Fragment | Step, options: StepOptions & { readonly target?: 'host' | 'local' } = {}): Step {
  return isFragment(what) ? { kind: 'shell', target: 'host', ...options, text: what } : { ...what, ...options }
}

/** What a step of TypeScript is called, and what is known of it beforehand. `name` and `args` (JSON) are what a plan shows and what `apply` compares. */
export interface CodeSpec extends StepOptions, Partial<Pick<CodeStep, 'args' | 'target' | 'inputs' | 'uploads'>> {
  readonly name: string
}

/** A step of TypeScript. */
export function code(spec: CodeSpec, run: (context: CodeContext) => Promise<void>): CodeStep {
  return { target: 'host', args: null, ...spec, kind: 'code', run }
}

/** Declares how a plugin's steps may fail: `exitStatus.denied` is for the shell text, `failures` for the steps. Guards use 64 to 113. */
export function exitStatuses<const Cases extends Readonly<Record<string, StepFailure & { readonly status: number }>>>(cases: Cases) {
  const exitStatus = Object.fromEntries(Object.entries(cases).map(([name, { status }]) => [name, status]))
  const failures = Object.fromEntries(Object.values(cases).map(({ status, ...failure }) => [status, failure]))
  return {
    exitStatus: exitStatus as { readonly [Name in keyof Cases]: Cases[Name]['status'] },
    failures: failures as Readonly<Record<number, StepFailure>>,
  }
}
