import type { Secret } from '../secret.ts'
import type { RunEvents } from '../signals/events.ts'
import type { coreFields, places } from './core-fields.ts'
import type { AnyPlugin, Hook } from './erased.ts'
import type { Field } from './fields.ts'

/** The variables of a table of fields, as env has them. */
export type Values<F> = {
  readonly [K in keyof F]: F[K] extends Field<infer T, infer Sure> ? (Sure extends true ? T : T | undefined) : never
}

/** The variables that every env has. */
export interface CoreEnv extends Values<typeof coreFields>, Values<typeof places> {
  /** The project's own variables. */
  readonly vars: Readonly<Record<string, unknown>>
}

/** A plugin's options stand under its name; no options, no section: a flat variable may bear the plugin's name. */
export type Section<N extends string, F> = keyof F extends never ? {} : { readonly [K in N]: Values<F> }

/** A plugin as types know it. `~env` carries all that it brings, its needs included, so that a config need not know of needs. */
export interface Plugin<N extends string = string, E extends object = {}, S extends string = string> extends AnyPlugin {
  readonly name: N
  /** Only for types. */
  readonly '~env': E
  /** Only for types. */
  readonly '~signals': S
}

type EnvOfOne<M> = M extends { readonly '~env': infer E } ? E : M extends string ? Untyped : {}
type Intersection<F> = [F] extends [never] ? {} : [F] extends [(env: infer E) => void] ? E : never
/** What a list of plugins brings together; those that are there only sometimes (`...(ci ? [webpack()] : [])`) too. */
export type EnvOf<P> = P extends readonly (infer M)[] ? Intersection<M extends unknown ? (env: EnvOfOne<M>) => void : never> : {}
export type SignalsOf<P> = P extends readonly (infer M)[]
  ? M extends { readonly '~signals': infer S extends string }
    ? S
    : M extends string
      ? string
      : never
  : never
export type PluginEnv<N extends string, O, V, D> = Section<N, O> & Values<V> & EnvOf<D>

/** What a plugin given by name brings: anything, so nothing is checked. */
export interface Untyped {
  readonly [variable: string]: unknown
}

type Given<T> = T extends Secret ? T | string : T extends readonly (infer I)[] ? T | (I extends string ? I : never) : T
type Leaf<T> = T extends string | number | boolean | null | undefined | Secret | readonly unknown[] | ((...args: never) => unknown)
  ? true
  : string extends keyof T
    ? true
    : false
type IsLeaf<T> = unknown extends T ? true : true extends Leaf<T> ? true : false

/** Some of the variables of `T`, each a value or a function of the finished env `E`. `null` takes a value away, where a variable may have none. */
export type Patch<T, E> = {
  readonly [K in keyof T]?: IsLeaf<T[K]> extends true
    ? Given<T[K]> | ((env: E) => T[K]) | (undefined extends T[K] ? null : never) | undefined
    : Patch<T[K], E> | undefined
}

type Places = keyof typeof places
/** A layer's variables. */
export type Layer<E, T = E> = Patch<Omit<T, Places>, E>

/** A host: `local`, `web1`, `deploy@web1:2222`, `[::1]:22`, a name of your ssh_config; or an object with variables of its own. */
export type HostInput<E> = string | (Layer<E> & HostPlace)

interface HostPlace {
  /** What it is called; unique within the environment. Also its address, where none is given. */
  readonly name: string
  /** `user@host:port` */
  readonly address?: string
  /** Keeps functions out, which have a `name` too. */
  readonly [Symbol.hasInstance]?: never
}

/** Where hosts are declared: they are never functions. */
export interface HostsInput<E> {
  readonly hosts?: string | HostInput<E> | readonly HostInput<E>[]
}

export type SequenceInput = string | { readonly always: string } | { readonly onFailure: string }

export type RoleInput<E> = Layer<E> & HostsInput<E>
export type EnvironmentInput<E> = Layer<E> &
  HostsInput<E> & {
    /** Groups of hosts with variables of their own. */
    readonly roles?: { readonly [role: string]: RoleInput<E> }
    /** The tasks that `deploy` runs, in order, as one run: `'release'`, `'web_mode:live'`, `{ always: … }`, `{ onFailure: … }`. */
    readonly sequence?: readonly SequenceInput[]
  }

/** Hooks by signal. */
export type Hooks<E, S extends string> = { readonly [K in S]?: Hook<E> | readonly Hook<E>[] }
/** In a config a hook may also name a task (`'database.migrate'`, `'web_mode:live'`). */
export type ConfigHooks<E, S extends string> = { readonly [K in S]?: Hook<E> | string | readonly (Hook<E> | string)[] }

/** Functions that are told what happened: everything of a run, and each signal when all hosts have finished it. They cannot delay or fail it. */
export type Observers<S extends string> = { readonly [K in keyof RunEvents]?: (event: RunEvents[K]) => unknown } & {
  readonly [K in Exclude<S, keyof RunEvents>]?: (event: RunEvents['signal']) => unknown
}
