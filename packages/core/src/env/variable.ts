import type { Field } from '../config/fields.ts'

/** A declared variable, for flags, `help` and the docs. */
export interface Variable {
  /** `keepReleases`, `git.branch`, `vars.apiUrl`. */
  readonly name: string
  /** The plugin that declares it, `core`, or `vars`. */
  readonly plugin: string
  readonly field: Field
  /** Every other spelling that is understood (`keep_releases`, `git_shallow_clone`, an original's name). */
  readonly aliases: readonly string[]
}

/** What one layer says about one variable. */
export interface Contribution {
  readonly value: unknown
  /** The place of the value itself: `environments.production.git.branch`. */
  readonly path: string
  /** The layer, for people: `environments.production`, `plugin release`, `--set`. */
  readonly origin: string
  /** `lazy`: functions are called and `%(…)s` is put in · `text`: the same, and text is read as the field's kind · `data`: as it is. */
  readonly mode: 'lazy' | 'text' | 'data'
  /** A table that stands for all of it: those of lower layers do not merge with it. */
  readonly replaces?: boolean | undefined
}

/** Contributions by the variable's dotted name. */
export type Layer = ReadonlyMap<string, Contribution>

/** The declared variables, found by any of their spellings. */
export interface Registry {
  /** In the order of declaration: core's, the plugins', `vars`. */
  readonly variables: readonly Variable[]
  /** Names of plugins that have options, and `vars`: what stands under them is a table in env. */
  readonly sections: readonly string[]
  /** The variable that a name means, in any spelling; with `section` also an option's bare name. */
  find(name: string, section?: string): Variable | undefined
  /** Keys of env (`undefined`) and of its sections, and the variables that they are. */
  readonly tables: ReadonlyMap<string | undefined, ReadonlyMap<string, string>>
  /** The section that a name means. */
  sectionOf(name: string): string | undefined
  /** `did you mean …` for a name that means nothing. */
  suggest(name: string, section?: string, further?: readonly string[]): string | undefined
  /** Signals of flows for which the fact of this name is asked. */
  factSignals(name: string): readonly string[] | undefined
}
