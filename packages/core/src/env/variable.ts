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

/** One layer's value for one variable. */
export interface Contribution {
  readonly value: unknown
  /** The value's position in the config: `environments.production.git.branch`. */
  readonly path: string
  /** The layer, for people: `environments.production`, `plugin release`, `--set`. */
  readonly origin: string
  /** `lazy`: functions are called and `%(…)s` is replaced · `text`: also, text is read as the field's kind · `data`: used as it is. */
  readonly mode: 'lazy' | 'text' | 'data'
  /** Replaces the tables of lower layers instead of merging with them. */
  readonly replaces?: boolean | undefined
}

/** Contributions by the variable's dotted name. */
export type Layer = ReadonlyMap<string, Contribution>

/** All declared variables. They are found by any spelling of their names. */
export interface Registry {
  /** In the order in which they are declared: core's, the plugins', `vars`. */
  readonly variables: readonly Variable[]
  /** The names of tables in env: plugins that have options, and `vars`. */
  readonly sections: readonly string[]
  /** Finds a variable by its name in any spelling. In a section, by its name within the section. */
  find(name: string, section?: string): Variable | undefined
  /** The keys of env (`undefined`) and of each section, with the names of their variables. */
  readonly tables: ReadonlyMap<string | undefined, ReadonlyMap<string, string>>
  /** The section with this name, in any spelling. */
  sectionOf(name: string): string | undefined
  /** `did you mean …` for an unknown name. */
  suggest(name: string, section?: string, further?: readonly string[]): string | undefined
  /** The signals of flows for which the fact with this name is asked. */
  factSignals(name: string): readonly string[] | undefined
}
