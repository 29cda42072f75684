import type { Secret } from '../secret.ts'
import type { StandardSchema } from './schema.ts'

/** `any` is for the project's own variables: JSON values, secrets and functions. */
export type FieldKind = 'text' | 'flag' | 'whole' | 'list' | 'table' | 'secretText' | 'any'

/** A value in a table or in `vars`. */
export type Scalar = string | number | boolean | Secret

/** A function of the finished env instead of a value, like `%(name)s` in a string. Its env is fully typed in `defaults` and in a config. */
export type Lazy<T> = (env: Readonly<Record<string, unknown>>) => T

export interface FieldSpec<T> {
  /** One sentence: what the variable means, and its unit. Shown by `help`, in the docs and in the JSON schema. */
  readonly help: string
  /** The value if no layer sets one. Text is formatted (`%(path)s/releases`). */
  readonly default?: T | Lazy<T>
  /**
   * Its names in the original tools, in snake_case (`supervisor_conf`). Do not list other spellings of its name (`keep_releases`, or for an
   * option `git_shallow_clone` and `git.shallow_clone`).
   */
  readonly alias?: string | readonly string[]
  /** It is an error if a selected host has no value for it, from any layer. */
  readonly required?: boolean
  /**
   * Its value is computed: by a fact of the same name, or by a function in a plugin's `defaults`. Reading it before then is an error. A text
   * completes the error's sentence “it is known …”: `from deploy.starting on`.
   */
  readonly fact?: true | string
  /** Any synchronous Standard Schema (Zod, Valibot, ArkType, …). It validates the merged value, and its output replaces the value. */
  readonly check?: StandardSchema<T>
}

export interface TextSpec extends FieldSpec<string> {
  /** The only values that are allowed. */
  readonly choices?: readonly string[]
  /** What the whole value must match. */
  readonly pattern?: RegExp
  /** What the pattern requires, for errors: `be letters and digits`. */
  readonly expected?: string
  /** Refuses a leading `-` and control characters. For operands of commands, because quoting does not stop option injection. */
  readonly operand?: boolean
  /** Accepts empty text, which is refused by default because it is almost always a mistake. */
  readonly allowEmpty?: boolean
}

export interface WholeSpec extends FieldSpec<number> {
  readonly min?: number
  readonly max?: number
}

export interface ListSpec<I> extends FieldSpec<readonly I[]> {
  /**
   * Turns what the config says into an entry, or throws an Error whose message says what it should be. By default entries are text. The type
   * of its parameter is what configs may write, `parse: (value: string | Entry): Entry => …`, but at run time it may receive any value.
   */
  parse?(value: unknown): I
  /** For lists of text: refuses a leading `-` and control characters in each entry. */
  readonly operand?: boolean
}

export interface TableSpec<V> extends FieldSpec<Readonly<Record<string, V>>> {
  /** Turns what the config says into an entry's value, as for lists. By default values are text, numbers, booleans or secrets. */
  parse?(value: unknown, key: string): V
  /** What each key must match. */
  readonly keys?: RegExp
}

export interface SecretSpec extends Omit<FieldSpec<Secret>, 'default' | 'check'> {
  /** Called when a run needs the secret, not while planning. */
  readonly default?: Lazy<Secret | string>
}

/**
 * The declaration of a variable. `Defined`: it has a value after merging (it has a default, is required or is a fact), so `undefined` is not
 * part of its type. `Input`: what a config may write for it.
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

/** Makes a misspelt key of a spec an error, although the spec's type is inferred. */
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

/** Text. NUL is refused, and so is empty text unless `allowEmpty` is set. */
export function text<const S extends TextSpec>(spec: Exact<S, TextSpec>): Field<TextOf<S>, IsDefined<S>> {
  return createField('text', spec)
}

/** true or false. On the command line also yes, no, on, off, 1, 0. */
export function flag<const S extends FieldSpec<boolean>>(spec: Exact<S, FieldSpec<boolean>>): Field<boolean, IsDefined<S>> {
  return createField('flag', spec)
}

/** A whole number between `min` and `max`. */
export function whole<const S extends WholeSpec>(spec: Exact<S, WholeSpec>): Field<number, IsDefined<S>> {
  return createField('whole', spec)
}

/** A list. A single entry is a list of one. On the command line `a,b` or JSON. A later layer replaces the whole list. */
export function list<const S extends ListSpec<unknown>>(
  spec: Exact<S, ListSpec<unknown>>,
): Field<readonly EntryOf<S, string>[], IsDefined<S>, readonly EntryInputOf<S, string>[]> {
  return createField('list', spec)
}

/** Names and values. Layers merge. On the command line `a=1,b=2` or JSON. */
export function table<const S extends TableSpec<unknown>>(
  spec: Exact<S, TableSpec<unknown>>,
): Field<Readonly<Record<string, EntryOf<S, Scalar>>>, IsDefined<S>, Readonly<Record<string, EntryInputOf<S, Scalar>>>> {
  return createField('table', spec)
}

/** Text that must not be seen: env has a `Secret`. The text is used as it is, without `%(…)s`. */
export function secretText<const S extends SecretSpec>(spec: Exact<S, SecretSpec>): Field<Secret, IsDefined<S>, Secret | string> {
  return createField('secretText', spec)
}
