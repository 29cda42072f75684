import type { Secret } from '../secret.ts'
import type { CoreSignal } from './core-fields.ts'
import type { AnyPlugin, TaskSpec } from './plugin-contract.ts'
import type {
  ConfigHooks,
  CoreEnv,
  CoreGiven,
  EnvironmentInput,
  EnvOf,
  GivenOf,
  HostsInput,
  Layer,
  SequenceInput,
  SignalsOf,
} from './types.ts'

// Literal types would make every other value in an environment an error.
type Widen<T> = T extends Secret
  ? Secret
  : T extends (...args: never) => infer R
    ? Widen<R>
    : T extends string
      ? string
      : T extends number
        ? number
        : T extends boolean
          ? boolean
          : T extends readonly (infer I)[]
            ? readonly Widen<I>[]
            : T extends object
              ? { readonly [K in keyof T]: Widen<T[K]> }
              : T

/** The env of a config: core's, its plugins', and `vars` as the top level declares them. */
export type ConfigEnv<P, V> = Omit<CoreEnv, 'vars'> & EnvOf<P> & { readonly vars: Widen<V> }

type ConfigGiven<P, V> = Omit<CoreGiven, 'vars'> & GivenOf<P> & { readonly vars: Widen<V> }

interface Parts<P, V, E, G> extends HostsInput<E, G> {
  /** In order: `[git({ … }), supervisorctl()]`. By name (`'git'`, a package, `'./my-plugin'`) is allowed too, then untyped. */
  readonly plugins?: P
  /** The project's own variables; environments, roles and hosts may change them. */
  readonly vars?: V
  /** Named sets of hosts and variables; `__all__` holds the defaults of all. */
  readonly environments?: { readonly [environment: string]: EnvironmentInput<E, G> }
  /** What `deploy` runs where an environment has no sequence of its own. */
  readonly sequence?: readonly SequenceInput[]
  /** Steps on a plugin's signal: functions, or names of tasks. */
  readonly hooks?: ConfigHooks<E, SignalsOf<P> | CoreSignal>
  /** What has a name on the command line. */
  readonly tasks?: { readonly [task: string]: TaskSpec<E> }
}

export type Config<P extends readonly (AnyPlugin | string)[] = readonly (AnyPlugin | string)[], V = {}> = Parts<
  P,
  V,
  NoInfer<ConfigEnv<P, V>>,
  NoInfer<ConfigGiven<P, V>>
> &
  Layer<NoInfer<ConfigEnv<P, V>>, NoInfer<Omit<ConfigGiven<P, V>, 'vars'>>>

/** Gives a config its types; it is returned as it is. Everything is checked when it is loaded. */
export function defineConfig<const P extends readonly (AnyPlugin | string)[] = [], V extends Readonly<Record<string, unknown>> = {}>(
  config: Config<P, V>,
): Config<P, V> {
  return config
}
