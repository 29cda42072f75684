export { type Config, type ConfigEnv, defineConfig } from './config/config.ts'
export type { ConnectContext, ConnectTarget, InsidePlace } from './config/connect.ts'
export { type CoreSignal, coreSignals } from './config/core-fields.ts'
export type { AnyEnv, AnyPlugin, Attached, FactContext, FactSpec, Hook, HookContext, TaskContext, TaskSpec } from './config/erased.ts'
export { type Field, type Fields, flag, list, type Scalar, secretText, table, text, whole } from './config/fields.ts'
export { definePlugin, isPlugin, type PluginFactory, type PluginSpec } from './config/plugin.ts'
export type { StandardSchema } from './config/schema.ts'
export { tell } from './config/tell.ts'
export type {
  CoreEnv,
  CoreGiven,
  EnvOf,
  GivenOf,
  Givens,
  HostInput,
  Layer,
  Patch,
  Plugin,
  PluginEnv,
  PluginGiven,
  SequenceInput,
  SignalsOf,
  Untyped,
  Values,
} from './config/types.ts'
export { didYouMean } from './env/suggest.ts'
export {
  DragonfabError,
  describeProblem,
  exit,
  isDragonfabError,
  type Problem,
  problemOf,
  usageError,
} from './errors.ts'
export type { ExecOptions, ExecResult, Executor, OpenCommand } from './executor.ts'
export type { Flow, FlowPhase } from './flow.ts'
export { describeAddress, type HostAddress, type MachineAddress, parseHost } from './hosts.ts'
export { localExecutor } from './local.ts'
export { acts } from './plan/active-plugins.ts'
export { argumentsOf, signalsOf } from './plan/arguments.ts'
export { buildPlan } from './plan/build.ts'
export { type HookSource, hooksOn, type Registration } from './plan/hooks-order.ts'
export { here } from './plan/phase-builder.ts'
export type { Invocation, PlanHost, PlanRequest, PlanSource } from './plan/request.ts'
export { exportLines } from './plan/script.ts'
export type * from './plan/types.ts'
export type { UploadOptions, UploadRequest } from './plan/upload.ts'
export { type ConfigPlace, loadProject } from './project/load.ts'
export { selectHosts, withoutPlugins } from './project/select.ts'
export type * from './project/types.ts'
export { hide, isSecret, reveal, revealed, type Secret } from './secret.ts'
export { type Fragment, type FunctionCall, functionsIn, isFragment, render, renderCalls } from './shell/fragment.ts'
export { type ShellFunction, shellFunction } from './shell/function.ts'
export { quote } from './shell/quote.ts'
export { type Sh, sh, type Value } from './shell/sh.ts'
export { type Bus, createBus, type EventName } from './signals/bus.ts'
export type * from './signals/events.ts'
export {
  type CodeContext,
  type CodeStep,
  code,
  type Failure,
  type FolderHash,
  type OtherHost,
  type ShellStep,
  type Step,
  type StepOptions,
  type Steps,
  step,
  stepsOf,
} from './step.ts'
