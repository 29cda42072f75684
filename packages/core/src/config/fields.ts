import type { Secret } from '../secret.ts'
import type { StandardSchema } from './schema.ts'

/** `any`: what JSON can say, secrets and functions: the project's own variables. */
export type FieldKind = 'text' | 'flag' | 'whole' | 'list' | 'table' | 'secretText' | 'any'

/** A value in a table or in `vars`. */
export type Scalar = string | number | boolean | Secret

/** A function of the finished env instead of a value; `%(name)s` in a string does the same. Typed fully in `defaults` and in the config. */
export type Lazy<T> = (env: Readonly<Record<string, unknown>>) => T

export interface FieldSpec<T> {
  /** One sentence for people: what it means, its unit. Shown by `help`, in the docs and in the JSON schema. */
  readonly help: string
  /** The value when no layer gives one. Text is formatted (`%(path)s/releases`). */
  readonly default?: T | Lazy<T>
  /**
   * Further names, in snake_case, as the original tools called it (`supervisor_conf`). A name's own spellings (`keep_releases`, and for
   * an option `git_shallow_clone`, `git.shallow_clone`) need not be listed.
   */
  readonly alias?: string | readonly string[]
  /** A selected host without a value is an error. It may be given in any layer. */
  readonly required?: boolean
  /**
   * It is computed: its value comes from a fact of the same name, or from a function in a plugin's `defaults`. Reading it before then is an
   * error, which a text given here completes: `it is known …` (`from deploy.starting on`).
   */
  readonly fact?: true | string
  /** Any Standard Schema (Zod, Valibot, ArkType, …) that validates at once; run on the merged value, which its output replaces. */
  readonly check?: StandardSchema<T>
}

export interface TextSpec extends FieldSpec<string> {
  /** The only values that are allowed. */
  readonly choices?: readonly string[]
  /** What the whole value must match. */
  readonly pattern?: RegExp
  /** What the pattern asks for, for errors: `be letters and digits`. */
  readonly expected?: string
  /** Refuse a leading `-` and control characters: for what becomes an operand of a command, since quoting does not stop option injection. */
  readonly operand?: boolean
  /** Accept the empty text; refused by default, since it is a mistake almost everywhere. */
  readonly allowEmpty?: boolean
}

export interface WholeSpec extends FieldSpec<number> {
  readonly min?: number
  readonly max?: number
}

export interface ListSpec<I> extends FieldSpec<readonly I[]> {
  /**
   * Turns what the config says into an entry, or throws an Error whose message says what it should be. Text by default. A type at its
   * parameter is what configs may write: `of: (value: string | Entry): Entry => …`; any value may arrive at run time all the same.
   */
  parse?(value: unknown): I
  /** For lists of text: refuse a leading `-` and control characters in each entry. */
  readonly operand?: boolean
}

export interface TableSpec<V> extends FieldSpec<Readonly<Record<string, V>>> {
  /** Turns what the config says into an entry's value, as for lists. Text, numbers, booleans and secrets by default. */
  parse?(value: unknown, key: string): V
  /** What each key must match. */
  readonly keys?: RegExp
}

export interface SecretSpec extends Omit<FieldSpec<Secret>, 'default' | 'check'> {
  /** Called when a run needs the secret, not while planning. */
  readonly default?: Lazy<Secret | string>
}

/**
 * The declaration of a variable. `Sure`: it has a value after merging (a default, required, or a fact), so that its type lacks `undefined`.
 * `Given`: what a config may write for it.
 */
export interface Field<T = unknown, Defined extends boolean = boolean, Input = T> {
  /** Only for types. */
  readonly '~type'?: { readonly value: T; readonly defined: Defined; readonly input: Input }
  readonly kind: FieldKind
  readonly help: string
  readonly default?: unknown
  readonly alias: readonly string[]
  readonly required: boolean
  readonly fact: boolean | string
  readonly check?: StandardSchema | undefined
  readonly choices?: readonly string[] | undefined
  readonly pattern?: RegExp | undefined
  readonly expected?: string | undefined
  readonly operand?: boolean | undefined
  readonly allowEmpty?: boolean | undefined
  readonly min?: number | undefined
  readonly max?: number | undefined
  readonly parse?: ((value: unknown, key: string) => unknown) | undefined
  readonly keys?: RegExp | undefined
}

export type Fields = Readonly<Record<string, Field>>

/** A misspelt key of a spec is an error, although the spec's type is inferred. */
type Exact<S, Known> = S & { readonly [K in Exclude<keyof S, keyof Known>]: never }
type IsDefined<S> = S extends { readonly required: true } | { readonly fact: true | string } | { readonly default: {} } ? true : false
type TextOf<S> = S extends { readonly choices: readonly (infer C extends string)[] } ? C : string
type EntryOf<S, Otherwise> = S extends { readonly parse: (...args: never) => infer I } ? I : Otherwise
type EntryInputOf<S, Otherwise> = S extends { readonly parse: (value: infer G, ...rest: never) => infer I }
  ? unknown extends G
    ? I
    : G
  : Otherwise

type AnyFieldSpec = Omit<Field, 'kind' | 'alias' | 'required' | 'fact'> & Pick<FieldSpec<unknown>, 'alias' | 'required' | 'fact'>

function createField<T, S, Input = T>(kind: FieldKind, spec: S): Field<T, IsDefined<S>, Input> {
  const { alias = [], required = false, fact = false, ...rest } = spec as AnyFieldSpec
  return { ...rest, kind, alias: typeof alias === 'string' ? [alias] : alias, required, fact } as Field<T, IsDefined<S>, Input>
}

/** Text. NUL is refused, and empty text unless `empty` is set. */
export function text<const S extends TextSpec>(spec: Exact<S, TextSpec>): Field<TextOf<S>, IsDefined<S>> {
  return createField('text', spec)
}

/** true or false; on the command line also yes, no, on, off, 1, 0. */
export function flag<const S extends FieldSpec<boolean>>(spec: Exact<S, FieldSpec<boolean>>): Field<boolean, IsDefined<S>> {
  return createField('flag', spec)
}

/** A whole number between `min` and `max`. */
export function whole<const S extends WholeSpec>(spec: Exact<S, WholeSpec>): Field<number, IsDefined<S>> {
  return createField('whole', spec)
}

/** A list; a lone entry stands for a list of one. On the command line `a,b` or JSON. A later layer replaces it. */
export function list<const S extends ListSpec<unknown>>(
  spec: Exact<S, ListSpec<unknown>>,
): Field<readonly EntryOf<S, string>[], IsDefined<S>, readonly EntryInputOf<S, string>[]> {
  return createField('list', spec)
}

/** Names and values; layers merge. On the command line `a=1,b=2` or JSON. */
export function table<const S extends TableSpec<unknown>>(
  spec: Exact<S, TableSpec<unknown>>,
): Field<Readonly<Record<string, EntryOf<S, Scalar>>>, IsDefined<S>, Readonly<Record<string, EntryInputOf<S, Scalar>>>> {
  return createField('table', spec)
}

/** Text that must not be seen: env holds a `Secret`. It is taken as it stands, without `%(…)s`. */
export function secretText<const S extends SecretSpec>(spec: Exact<S, SecretSpec>): Field<Secret, IsDefined<S>, Secret | string> {
  return createField('secretText', spec)
}
