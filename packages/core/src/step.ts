import type { Problem } from './errors.ts'
import type { Executor } from './executor.ts'
import type { AnyEnv } from './plain.ts'
import { type Fragment, isFragment } from './shell/fragment.ts'
import type { RunFailure } from './signals/events.ts'
import type { SshDestination } from './target.ts'
import type { UploadOptions, UploadRequest } from './upload-request.ts'

/** What a step's exit status means, so that its failure is reported in the user's words. `$OUTPUT` in the message is the step's last line. */
export interface StepFailure extends Omit<Problem, 'host' | 'step' | 'cause'> {
  /** Plan again with new facts instead of failing: the release id is taken. */
  readonly replan?: boolean
}

export interface StepOptions {
  /** Shown while the step runs. The first line of its text by default. */
  readonly title?: string | undefined
  /** Runs as this user (`root`), through sudo, instead of the host's user. */
  readonly as?: string | undefined
  /** Runs only on the first host of the run. The others continue until the next barrier. */
  readonly firstHost?: boolean | undefined
  /** Continues when the client goes away: in its own process group, with the lock held until it ends, its output and status kept on the host. */
  readonly detached?: boolean | undefined
  /** What its exit statuses mean. 64 to 113 are free for steps to use. */
  readonly failures?: Readonly<Record<number, StepFailure>> | undefined
  /**
   * A file that it writes and that another role might write too: its absolute path, and the variable that names it. If two roles on one
   * machine write different text there, planning fails and suggests `%(role)s` in that variable.
   */
  readonly writes?: { readonly path: string; readonly variable: string } | undefined
  /** A failure of this step is a warning: it is reported, and the run continues. */
  readonly allowFailure?: boolean | undefined
  /** Its output is for people: shown without `--verbose` too, but not with `--quiet`. */
  readonly showOutput?: boolean | undefined
}

/** What a step is connected to: this program's streams, or its terminal. */
export type Stdio = 'pipe' | 'tty'

/** Shell text that is known before anything runs. */
export interface ShellStep extends StepOptions {
  readonly kind: 'shell'
  /** `host`: on every host of the run. `local`: on this machine, once, in the config's folder. */
  readonly target: 'host' | 'local'
  readonly text: Fragment
}

/** A host of another environment, for code steps. */
export interface OtherHost {
  readonly host: string
  /** The machine's address in the config. Hosts of any environment that are on one machine have the same text. */
  readonly machine: string
  readonly role: string | undefined
  readonly env: AnyEnv
  /** An executor for the user of its steps, or for the given user. Connects on first use, and takes no lock. */
  executor(user?: string): Promise<Executor>
}

/** What the facts and code steps of one run share, on all hosts and even if it is planned again. */
export interface RunScope {
  /** Calls `make` once per run for each key, and returns its result again later. A promise that rejects is forgotten. Begin keys with your plugin's name. */
  once<T>(key: string, make: () => T): T
  /** Makes the next `once` with this key call its function again. */
  forget(key: string): void
  /** Runs commands on another machine, with the SSH connections, questions and accepted host keys of the run. Closed when the run ends. */
  ssh(target: SshDestination): Promise<Executor>
}

export interface CodeContext {
  /** Runs commands on the host, as the host's user. Steps on this machine have none. */
  readonly executor: Executor
  /** Runs commands on this machine. */
  readonly local: Executor
  /** The host's name. Steps on this machine have none. */
  readonly host: string
  readonly run: RunScope
  /** The config's folder. */
  readonly directory: string
  readonly signal: AbortSignal
  /** Shows a line under the step. */
  log(line: string): void
  /** Shows progress under the step while it runs, in place of the last progress. */
  progress(text: string): void
  /**
   * Asks whether to continue; `--yes` answers. False if there is nobody to ask. `typed`: the answer has to be this text, and `--yes` does not
   * count.
   */
  confirm(question: string, options?: { readonly typed?: string | undefined }): Promise<boolean>
  /** Runs shell text on the host in its own channel and returns the output. Rejects unless status 0 is received. */
  capture(text: Fragment): Promise<string>
  /** Sends the contents of a folder on this machine to the host. */
  upload(request: UploadRequest): Promise<void>
  /** The names of the project's environments. */
  readonly environments: readonly string[]
  /** The hosts of another environment of the project, to fetch something from them or to read their env. Does not connect yet. */
  hostsOf(environment: string): Promise<readonly OtherHost[]>
  /** Replaces this run's secrets in a text that a step sends elsewhere. */
  mask(text: string): string
  /** On a flow's signals after a failure: what failed, and the state of each host. */
  readonly failure?: RunFailure | undefined
}

/** Hashes the names, kinds, modes and contents in a folder on this machine. Undefined if there is no such folder. */
export type FolderHash = (folder: string, filter?: Pick<UploadOptions, 'include' | 'exclude'>) => string | undefined

/** TypeScript that runs on this machine, for each host or once. In a plan it is data: its plugin, name and arguments. */
export interface CodeStep extends StepOptions {
  readonly kind: 'code'
  readonly target: 'host' | 'local'
  readonly name: string
  /** JSON that is part of the plan. */
  readonly args: unknown
  /** A hash of what it will read on this machine, if that is known when planning. `apply` refuses the plan if it has changed. */
  readonly inputs?: ((folderHash: FolderHash) => string | undefined) | undefined
  /** What it will upload, so that the run can read the folder and open a channel in advance. The files are sent as they are when the step runs. */
  readonly uploads?: UploadRequest | undefined
  readonly run: (context: CodeContext) => Promise<void>
}

export type Step = ShellStep | CodeStep
/** What a hook or a task may return. Falsy entries are left out; shell text is a step on the host. */
export type Steps = Step | Fragment | null | undefined | false | '' | readonly Steps[]

/** Adds options to a step: `step(sh\`…\`, { as: 'root', title: 'reload nginx' })`. */
export function step(what: Fragment | Step, options: StepOptions & { readonly target?: 'host' | 'local' } = {}): Step {
  return isFragment(what) ? { kind: 'shell', target: 'host', ...options, text: what } : { ...what, ...options }
}

/** A code step's name, and what is known about it in advance. A plan shows `name` and `args` (JSON), and `apply` compares them. */
export interface CodeSpec extends StepOptions, Partial<Pick<CodeStep, 'args' | 'target' | 'inputs' | 'uploads'>> {
  readonly name: string
}

/** Makes a step of a function that runs on this machine. */
export function code(spec: CodeSpec, run: (context: CodeContext) => Promise<void>): CodeStep {
  return { target: 'host', args: null, ...spec, kind: 'code', run }
}

/** Declares how a plugin's steps may fail: `exitStatus.denied` is for the shell text, `failures` for the steps. Use 64 to 113. */
export function exitStatuses<const Cases extends Readonly<Record<string, StepFailure & { readonly status: number }>>>(cases: Cases) {
  const exitStatus = Object.fromEntries(Object.entries(cases).map(([name, { status }]) => [name, status]))
  const failures = Object.fromEntries(Object.values(cases).map(({ status, ...failure }) => [status, failure]))
  return {
    exitStatus: exitStatus as { readonly [Name in keyof Cases]: Cases[Name]['status'] },
    failures: failures as Readonly<Record<number, StepFailure>>,
  }
}
