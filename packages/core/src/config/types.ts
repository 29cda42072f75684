import type { Secret } from '../secret.ts'
import type { RunEvents } from '../signals/events.ts'
import type { coreFields, selectionFields } from './core-fields.ts'
import type { Field } from './fields.ts'
import type { AnyPlugin, Hook } from './plugin-contract.ts'

/** The values of a table of fields in env. */
export type FieldValues<F> = {
  readonly [K in keyof F]: F[K] extends Field<infer T, infer Defined, unknown> ? (Defined extends true ? T : T | undefined) : never
}

/** The values of a table of fields that a config may write. */
export type InputValues<F> = {
  readonly [K in keyof F]: F[K] extends Field<unknown, infer Defined, infer G> ? (Defined extends true ? G : G | undefined) : never
}

/** The variables that every env has. */
export interface CoreEnv extends FieldValues<typeof coreFields>, FieldValues<typeof selectionFields> {
  /** The project's own variables. */
  readonly vars: Readonly<Record<string, unknown>>
}

/** Core's variables that a config may set. */
export interface CoreInput extends InputValues<typeof coreFields> {
  readonly vars: Readonly<Record<string, unknown>>
}

// If a plugin declares none, inference may result in the constraint (fields of any name) instead of `{}`.
export type Declared<F> = string extends keyof F ? {} : F
/** A plugin's options are under its name. Without options there is no section, so a flat variable may have the plugin's name. */
type OptionsSection<N extends string, V> = keyof V extends never ? {} : { readonly [K in N]: V }

/**
 * A plugin's types. `~env` has the variables of the plugin and of those that it needs, so that a config does not have to list them. `~input`
 * has what a config may write for them.
 */
export interface Plugin<N extends string = string, E extends object = {}, S extends string = string, G extends object = E>
  extends AnyPlugin {
  readonly name: N
  /** Only for types, like the next two. */
  readonly '~env': E
  readonly '~input': G
  readonly '~signals': S
}

type PluginPart<M, K extends string> = M extends { readonly [P in K]: infer E } ? E : M extends string ? UntypedEnv : {}
type Intersection<F> = [F] extends [never] ? {} : [F] extends [(part: infer E) => void] ? E : never
type MergedParts<P, K extends string> = P extends readonly (infer M)[]
  ? Intersection<M extends unknown ? (part: PluginPart<M, K>) => void : never>
  : {}
/** The variables of all plugins in a list, including those that are not always in it (`...(ci ? [webpack()] : [])`). */
export type EnvOf<P> = MergedParts<P, '~env'>
export type InputOf<P> = MergedParts<P, '~input'>
export type PluginEnv<N extends string, O, V, D> = OptionsSection<N, FieldValues<Declared<O>>> & FieldValues<Declared<V>> & EnvOf<D>
export type PluginInput<N extends string, O, V, D> = OptionsSection<N, InputValues<Declared<O>>> & InputValues<Declared<V>> & InputOf<D>
export type SignalsOf<P> = P extends readonly (infer M)[]
  ? M extends { readonly '~signals': infer S extends string }
    ? S
    : M extends string
      ? string
      : never
  : never

/** The variables of a plugin that is given by name: any, so none is checked. */
export interface UntypedEnv {
  readonly [variable: string]: unknown
}

type OrSingle<T> = T extends readonly (infer I)[] ? T | (I extends string ? I : never) : T
type Leaf<T> = T extends string | number | boolean | null | undefined | Secret | readonly unknown[] | ((...args: never) => unknown)
  ? true
  : string extends keyof T
    ? true
    : false
type IsLeaf<T> = unknown extends T ? true : true extends Leaf<T> ? true : false

/** A table whose entries may be functions of env. */
type LazyEntries<T, E> = T extends readonly unknown[] | Secret | ((...args: never) => unknown)
  ? never
  : T extends object
    ? string extends keyof T
      ? { readonly [P in keyof T]: T[P] | ((env: E) => T[P]) }
      : never
    : never

// A function for a secret is called when the secret is needed, which is too late to have no value.
type LazyResult<T> = Secret extends T ? Exclude<T, undefined> : T

/** Some of the variables `G`: values (text for a list of one) or functions of the finished env `E`. `null` unsets a variable that may be unset. */
export type Patch<G, E> = {
  readonly [K in keyof G]?: IsLeaf<G[K]> extends true
    ? OrSingle<G[K]> | LazyEntries<G[K], E> | ((env: E) => LazyResult<G[K]>) | (undefined extends G[K] ? null : never) | undefined
    : Patch<G[K], E> | undefined
}

type SelectionKey = keyof typeof selectionFields
/** The variables that a layer may set. */
export type LayerInput<E, G> = Patch<Omit<G, SelectionKey>, E>

/** A host: `local`, `web1`, `deploy@web1:2222`, `[::1]:22`, a name in your ssh_config; or an object with its own variables. */
export type HostInput<E, G> = string | (LayerInput<E, G> & HostDeclaration)

interface HostDeclaration {
  /** Its name, unique within the environment, and also its address if none is given. */
  readonly name: string
  /** `user@host:port` */
  readonly address?: string
  /** Excludes functions, which have a `name` too. */
  readonly [Symbol.hasInstance]?: never
}

/** Where hosts are declared. They are never functions of env. */
export interface HostsInput<E, G> {
  readonly hosts?: string | HostInput<E, G> | readonly HostInput<E, G>[]
}

export type SequenceInput = string | { readonly always: string } | { readonly onFailure: string }

export type RoleInput<E, G> = LayerInput<E, G> & HostsInput<E, G>
export type EnvironmentInput<E, G> = LayerInput<E, G> &
  HostsInput<E, G> & {
    /** Groups of hosts with their own variables. */
    readonly roles?: { readonly [role: string]: RoleInput<E, G> }
    /** The tasks that `deploy` runs, in order, as one run: `'release'`, `'web_mode:live'`, `{ always: … }`, `{ onFailure: … }`. */
    readonly sequence?: readonly SequenceInput[]
  }

/** Hooks by signal. */
export type Hooks<E, S extends string> = { readonly [K in S]?: Hook<E> | readonly Hook<E>[] }
/** In a config a hook may also name a task (`'database.migrate'`, `'web_mode:live'`). */
export type ConfigHooks<E, S extends string> = { readonly [K in S]?: Hook<E> | string | readonly (Hook<E> | string)[] }

/** Functions that receive the events of a run, and each signal once all hosts have finished it. They cannot delay or fail the run. */
export type Observers<S extends string> = { readonly [K in keyof RunEvents]?: (event: RunEvents[K]) => unknown } & {
  readonly [K in Exclude<S, keyof RunEvents>]?: (event: RunEvents['signal']) => unknown
}
