export type { AnyEnv } from './any-env.ts'
export { parseCall, type TaskCall } from './call.ts'
export { type Config, type ConfigEnv, defineConfig } from './config/config.ts'
export type { ConnectContext, ConnectTarget, InsidePlace } from './config/connect.ts'
export { type CoreSignal, coreSignals } from './config/core-fields.ts'
export { type Field, type Fields, flag, list, type Scalar, secretText, table, text, whole } from './config/fields.ts'
export { definePlugin, isPlugin, type PluginFactory, type PluginSpec } from './config/plugin.ts'
export type { AnyPlugin, FactContext, FactSpec, Hook, HookContext, TaskContext, TaskSpec } from './config/plugin-contract.ts'
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
export type { Origin, Variable } from './env/variable.ts'
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
export type { Flow, FlowPhase, When } from './flow.ts'
export { type HookSource, hooksOn, type Registration } from './hooks.ts'
export { describeAddress, type HostAddress, type MachineAddress, parseHost } from './hosts.ts'
export { hide, isSecret, reveal, revealed, type Secret } from './secret.ts'
export { exportLines } from './shell/exports.ts'
export { quote } from './shell/quote.ts'
export { type Fragment, isFragment, render, type Sh, sh, type Value } from './shell/sh.ts'
export { type Bus, createBus, type EventName } from './signals/bus.ts'
export type * from './signals/events.ts'
export {
  type Attached,
  type CodeContext,
  type CodeSpec,
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
export { didYouMean } from './suggest.ts'
export type { UploadOptions, UploadRequest } from './upload-request.ts'
