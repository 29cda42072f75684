import type { Secret } from '../secret.ts'
import type { RunEvents } from '../signals/events.ts'
import type { coreFields, places } from './core-fields.ts'
import type { Field } from './fields.ts'
import type { AnyPlugin, Hook } from './plugin-contract.ts'

/** The variables of a table of fields, as env has them. */
export type Values<F> = {
  readonly [K in keyof F]: F[K] extends Field<infer T, infer Sure, unknown> ? (Sure extends true ? T : T | undefined) : never
}

/** The variables of a table of fields, as a config may give them. */
export type Givens<F> = {
  readonly [K in keyof F]: F[K] extends Field<unknown, infer Sure, infer G> ? (Sure extends true ? G : G | undefined) : never
}

/** The variables that every env has. */
export interface CoreEnv extends Values<typeof coreFields>, Values<typeof places> {
  /** The project's own variables. */
  readonly vars: Readonly<Record<string, unknown>>
}

/** What of core's variables a config may give. */
export interface CoreGiven extends Givens<typeof coreFields> {
  readonly vars: Readonly<Record<string, unknown>>
}

// Where a plugin declares none, inference may give the constraint, fields of any name, instead of `{}`.
export type Declared<F> = string extends keyof F ? {} : F
/** A plugin's options stand under its name; no options, no section: a flat variable may bear the plugin's name. */
type Section<N extends string, V> = keyof V extends never ? {} : { readonly [K in N]: V }

/**
 * A plugin as types know it. `~env` carries all that it brings, its needs included, so that a config need not know of needs; `~given` the same
 * as a config may give it.
 */
export interface Plugin<N extends string = string, E extends object = {}, S extends string = string, G extends object = E>
  extends AnyPlugin {
  readonly name: N
  /** Only for types, like the two below. */
  readonly '~env': E
  readonly '~given': G
  readonly '~signals': S
}

type Part<M, K extends string> = M extends { readonly [P in K]: infer E } ? E : M extends string ? Untyped : {}
type Intersection<F> = [F] extends [never] ? {} : [F] extends [(part: infer E) => void] ? E : never
type Together<P, K extends string> = P extends readonly (infer M)[]
  ? Intersection<M extends unknown ? (part: Part<M, K>) => void : never>
  : {}
/** What a list of plugins brings together; those that are there only sometimes (`...(ci ? [webpack()] : [])`) too. */
export type EnvOf<P> = Together<P, '~env'>
export type GivenOf<P> = Together<P, '~given'>
export type PluginEnv<N extends string, O, V, D> = Section<N, Values<Declared<O>>> & Values<Declared<V>> & EnvOf<D>
export type PluginGiven<N extends string, O, V, D> = Section<N, Givens<Declared<O>>> & Givens<Declared<V>> & GivenOf<D>
export type SignalsOf<P> = P extends readonly (infer M)[]
  ? M extends { readonly '~signals': infer S extends string }
    ? S
    : M extends string
      ? string
      : never
  : never

/** What a plugin given by name brings: anything, so nothing is checked. */
export interface Untyped {
  readonly [variable: string]: unknown
}

type OrLone<T> = T extends readonly (infer I)[] ? T | (I extends string ? I : never) : T
type Leaf<T> = T extends string | number | boolean | null | undefined | Secret | readonly unknown[] | ((...args: never) => unknown)
  ? true
  : string extends keyof T
    ? true
    : false
type IsLeaf<T> = unknown extends T ? true : true extends Leaf<T> ? true : false

/** A table whose entries may be functions of env. */
type EachLazy<T, E> = T extends readonly unknown[] | Secret | ((...args: never) => unknown)
  ? never
  : T extends object
    ? string extends keyof T
      ? { readonly [P in keyof T]: T[P] | ((env: E) => T[P]) }
      : never
    : never

/** Some of the variables `G`, each a value (a lone text for a list of one) or a function of the finished env `E`. `null` takes a value away, where a variable may have none. */
export type Patch<G, E> = {
  readonly [K in keyof G]?: IsLeaf<G[K]> extends true
    ? OrLone<G[K]> | EachLazy<G[K], E> | ((env: E) => G[K]) | (undefined extends G[K] ? null : never) | undefined
    : Patch<G[K], E> | undefined
}

type Places = keyof typeof places
/** A layer's variables. */
export type Layer<E, G> = Patch<Omit<G, Places>, E>

/** A host: `local`, `web1`, `deploy@web1:2222`, `[::1]:22`, a name of your ssh_config; or an object with variables of its own. */
export type HostInput<E, G> = string | (Layer<E, G> & HostPlace)

interface HostPlace {
  /** What it is called; unique within the environment. Also its address, where none is given. */
  readonly name: string
  /** `user@host:port` */
  readonly address?: string
  /** Keeps functions out, which have a `name` too. */
  readonly [Symbol.hasInstance]?: never
}

/** Where hosts are declared: they are never functions. */
export interface HostsInput<E, G> {
  readonly hosts?: string | HostInput<E, G> | readonly HostInput<E, G>[]
}

export type SequenceInput = string | { readonly always: string } | { readonly onFailure: string }

export type RoleInput<E, G> = Layer<E, G> & HostsInput<E, G>
export type EnvironmentInput<E, G> = Layer<E, G> &
  HostsInput<E, G> & {
    /** Groups of hosts with variables of their own. */
    readonly roles?: { readonly [role: string]: RoleInput<E, G> }
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
