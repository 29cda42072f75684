/** Selects steps of a plan. A field that you leave out matches everything. */
export interface StepFilter {
  /** A host's name. */
  readonly host?: string | undefined
  /** Only steps on this machine (`local`). */
  readonly local?: boolean | undefined
  readonly task?: string | undefined
  /** Its number within the task, from 1, or its name (`publishing published`). */
  readonly phase?: number | string | undefined
  readonly signal?: string | undefined
  /** The plugin whose step it is, or `config`. */
  readonly plugin?: string | undefined
  /** A part of the step's title, or a regular expression for it. */
  readonly step?: string | RegExp | undefined
  /** `true` selects steps that undo something or run after a failure; the others by default. */
  readonly undoing?: boolean | undefined
}

/** What goes wrong in a run; made by {@link unreachable}, {@link lost}, {@link fails} and {@link interrupted}. */
export type Fault = UnreachableFault | LostFault | FailFault | InterruptFault

export interface UnreachableFault {
  readonly kind: 'unreachable'
  readonly host: string | undefined
}

export interface LostFault extends StepFilter {
  readonly kind: 'lost'
  /**
   * `before` (the default): as the step begins, before it did anything. `after`: when the step is done, before its script goes on.
   * `unheard`: the host goes on to the end of the script, but the client receives nothing. `during`: in the middle of a code step's
   * transfer (`upload`).
   */
  readonly when?: 'before' | 'after' | 'unheard' | 'during' | undefined
  /** Whether the host can be reached again; true by default. */
  readonly back?: boolean | undefined
}

export interface FailFault extends StepFilter {
  readonly kind: 'fails'
  /** `before` (the default): the step does nothing. `after`: the step is done first. */
  readonly when?: 'before' | 'after' | undefined
  /** The exit status of shell text; 1 by default. */
  readonly status?: number | undefined
  /** What it prints on stderr. */
  readonly says?: string | undefined
}

export interface InterruptFault extends StepFilter {
  readonly kind: 'interrupted'
}

/** The host cannot be connected to. Without `host`: no host can. */
export function unreachable(host?: string): Fault {
  return { kind: 'unreachable', host }
}

/** The connection to the host is lost once, at its first step that matches (with `after`, its last). Without `host`: on every host. */
export function lost(at: Omit<LostFault, 'kind'>): Fault {
  return { kind: 'lost', ...at }
}

/** The first step that matches (with `after`, the last) fails. Without `host`: on every host. */
export function fails(at: Omit<FailFault, 'kind'>): Fault {
  return { kind: 'fails', ...at }
}

/** Ctrl-C, once, when a host begins its first step that matches. */
export function interrupted(at: StepFilter): Fault {
  return { kind: 'interrupted', ...at }
}

/** For messages: `lost({ host: 'web1', signal: 'deploy.published' })`. */
export function describeFault({ kind, ...at }: Fault): string {
  const shown = Object.entries(at).filter(([, value]) => value !== undefined)
  if (kind === 'unreachable') return `unreachable(${shown.map(([, value]) => `'${value}'`).join()})`
  return `${kind}({ ${shown.map(([name, value]) => `${name}: ${typeof value === 'string' ? `'${value}'` : value}`).join(', ')} })`
}
