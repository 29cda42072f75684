import type { Secret } from '../secret.ts'
import type { CoreSignal } from './core-fields.ts'
import type { AnyPlugin, TaskSpec } from './plugin-contract.ts'
import type {
  ConfigHooks,
  CoreEnv,
  CoreInput,
  EnvironmentInput,
  EnvOf,
  HostsInput,
  InputOf,
  LayerInput,
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

/** The env of a config: core's variables, its plugins', and the `vars` that its top level declares. */
export type ConfigEnv<P, V> = Omit<CoreEnv, 'vars'> & EnvOf<P> & { readonly vars: Widen<V> }

type ConfigInput<P, V> = Omit<CoreInput, 'vars'> & InputOf<P> & { readonly vars: Widen<V> }

interface ConfigParts<P, V, E, G> extends HostsInput<E, G> {
  /** In order: `[git({ … }), supervisorctl()]`. A name (`'git'`, a package, `'./my-plugin'`) is allowed too, but is not typed. */
  readonly plugins?: P
  /** The project's own variables. Environments, roles and hosts may change them. */
  readonly vars?: V
  /** Named sets of hosts and variables. `__all__` holds the defaults of all environments. */
  readonly environments?: { readonly [environment: string]: EnvironmentInput<E, G> }
  /** What `deploy` runs in environments without their own sequence. */
  readonly sequence?: readonly SequenceInput[]
  /** What runs on a signal: functions that return steps, or names of tasks. */
  readonly hooks?: ConfigHooks<E, SignalsOf<P> | CoreSignal>
  /** The project's own tasks, by their names on the command line. */
  readonly tasks?: { readonly [task: string]: TaskSpec<E> }
}

export type Config<P extends readonly (AnyPlugin | string)[] = readonly (AnyPlugin | string)[], V = {}> = ConfigParts<
  P,
  V,
  NoInfer<ConfigEnv<P, V>>,
  NoInfer<ConfigInput<P, V>>
> &
  LayerInput<NoInfer<ConfigEnv<P, V>>, NoInfer<Omit<ConfigInput<P, V>, 'vars'>>>

/** Types a config, and returns it as it is. It is checked when it is loaded. */
export function defineConfig<const P extends readonly (AnyPlugin | string)[] = [], V extends Readonly<Record<string, unknown>> = {}>(
  config: Config<P, V>,
): Config<P, V> {
  return config
}
