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

/** Where a variable's value came from. */
export interface Origin {
  readonly name: string
  /** Secrets stay `Secret`; undefined where it has none, or is not known yet. */
  readonly value: unknown
  /** `environments.production.roles.web`, `--set`, `plugin git`, `default`, `fact`. */
  readonly origin: string
  /** Why it cannot be known here. */
  readonly unknown?: string | undefined
}
