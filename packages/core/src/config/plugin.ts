import { usageError } from '../errors.ts'
import type { Flow } from '../flow.ts'
import type { AnyEnv } from '../plain.ts'
import { didYouMean } from '../suggest.ts'
import type { CoreSignal } from './core-fields.ts'
import type { Fields } from './fields.ts'
import type { AnyPlugin, PluginActs } from './plugin-contract.ts'
import type {
  CoreEnv,
  CoreInput,
  Declared,
  Hooks,
  InputValues,
  LayerInput,
  Observers,
  Patch,
  Plugin,
  PluginEnv,
  PluginInput,
  SignalsOf,
} from './types.ts'

const pluginBrand = Symbol.for('dragonfab.plugin')

/** Recognises plugins of any copy of core. */
export function isPlugin(value: unknown): value is AnyPlugin {
  return typeof value === 'object' && value !== null && pluginBrand in value
}

/** What a config calls: `git({ branch: 'main' })`. Options may also be set in any layer, under the plugin's name. */
export interface PluginFactory<N extends string, O, E extends object, S extends string, G extends object = E> {
  (options?: Patch<InputValues<Declared<O>>, CoreEnv>): Plugin<N, E, S, G>
  /** The plugin's name. */
  readonly plugin: N
}

export interface PluginSpec<
  N extends string,
  O extends Fields,
  V extends Fields,
  D extends readonly AnyPlugin[],
  S extends string,
  E,
  T extends string,
  G = E,
> extends Partial<PluginActs<NoInfer<E>>> {
  /** Its options are under this name: `env.git.branch`. */
  readonly name: N
  /** Plugins that it depends on. If the config lists one of them too, the config's wins. */
  readonly needs?: D
  readonly options?: O
  /** Flat variables, which describe the environment rather than the plugin. */
  readonly variables?: V
  /** A layer below everything that users set. Put functions of env here. */
  readonly defaults?: NoInfer<LayerInput<E, G>>
  /** Its signals, including those of its flows. */
  readonly signals?: readonly S[]
  /** Signals in order, the barriers between them, and what undoes each phase. Each flow is a task of the same name. */
  readonly flows?: Readonly<Record<string, Flow<NoInfer<T>>>>
  readonly hooks?: Hooks<NoInfer<E>, NoInfer<T>>
  /** Runs its hooks before (`pre`) or after (`post`) those of all other plugins. */
  readonly order?: 'pre' | 'post'
  readonly observe?: Observers<NoInfer<T>>
}

/** Every property of a plugin, and its value if the plugin does not set it. */
const empty: Omit<AnyPlugin, '~dragonfab' | 'format' | 'given'> = {
  ...{ name: '', needs: [], options: {}, variables: {}, defaults: {}, signals: [], flows: {}, hooks: {}, order: 'normal', facts: {} },
  ...{ tasks: {}, observe: {}, fingerprint: undefined, connect: undefined, guest: undefined, defaultTask: undefined },
}
const specKeys = Object.keys(empty)

/** Declares a plugin, and returns its factory. Types come from `options`, `variables` and `needs`. */
export function definePlugin<
  const N extends string,
  const O extends Fields = {},
  const V extends Fields = {},
  const D extends readonly AnyPlugin[] = [],
  const S extends string = never,
>(
  spec: PluginSpec<N, O, V, D, S, CoreEnv & PluginEnv<N, O, V, D>, S | SignalsOf<D> | CoreSignal, CoreInput & PluginInput<N, O, V, D>>,
): PluginFactory<N, O, PluginEnv<N, O, V, D>, S | SignalsOf<D>, PluginInput<N, O, V, D>> {
  const misspelt = Object.keys(spec).filter((key) => !specKeys.includes(key))
  const problems = misspelt.map((key) => ({
    code: 'BAD_PLUGIN',
    message: `plugin ${spec.name}: ${key} is not known`,
    remedy: didYouMean(key, specKeys),
  }))
  if (problems.length) throw usageError(problems)
  const said = Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined && value !== null))
  const factory = (given: AnyEnv = {}): AnyPlugin => ({ [pluginBrand]: true, format: 1, ...empty, ...said, given }) as unknown as AnyPlugin
  // `~env`, `~input` and `~signals` exist only as types.
  return Object.assign(factory, { plugin: spec.name }) as never
}

const emittedSignalKey = Symbol.for('dragonfab.emit')

/**
 * A hook that emits a signal of the plugin's own. The hooks on that signal run in its place, within the flow that reached it:
 * `hooks: { 'deploy.updating': [emit('git.building'), update, emit('git.built')] }`
 */
export function emit(signal: string): () => undefined {
  return Object.assign(() => undefined, { [emittedSignalKey]: signal })
}

/** The signal of a hook that was made by {@link emit}. */
export function emittedSignal(hook: unknown): string | undefined {
  return typeof hook === 'function' ? (hook as { readonly [emittedSignalKey]?: string })[emittedSignalKey] : undefined
}
