export type { AnyEnv } from './any-env.ts'
export { parseTaskCall, type TaskCall } from './call.ts'
export { type Config, type ConfigEnv, defineConfig } from './config/config.ts'
export type { ConnectContext, ConnectTarget, GuestAddress } from './config/connect.ts'
export { type CoreSignal, coreSignals } from './config/core-fields.ts'
export { emit } from './config/emit.ts'
export { type Field, type Fields, flag, list, type Scalar, secretText, table, text, whole } from './config/fields.ts'
export { definePlugin, isPlugin, type PluginFactory, type PluginSpec } from './config/plugin.ts'
export type { AnyPlugin, FactContext, FactSpec, Hook, HookContext, TaskContext, TaskSpec } from './config/plugin-contract.ts'
export type { StandardSchema } from './config/schema.ts'
export type {
  CoreEnv,
  CoreInput,
  EnvOf,
  FieldValues,
  HostInput,
  InputOf,
  InputValues,
  LayerInput,
  Patch,
  Plugin,
  PluginEnv,
  PluginInput,
  SequenceInput,
  SignalsOf,
  UntypedEnv,
} from './config/types.ts'
export type { Origin, Variable } from './env/variable.ts'
export {
  DragonfabError,
  describeProblem,
  exitStatus,
  isDragonfabError,
  type Problem,
  toProblem,
  usageError,
} from './errors.ts'
export type { ExecOptions, ExecResult, Executor, OpenCommand } from './executor.ts'
export type { Flow, FlowPhase, When } from './flow.ts'
export { type HookRegistration, type HookSource, hooksOn } from './hooks.ts'
export { describeAddress, type HostAddress, type MachineAddress, parseHost } from './hosts.ts'
export { hide, isSecret, reveal, revealedSecrets, type Secret } from './secret.ts'
export {
  scratchVariables,
  secretPrefix,
  sessionDescriptors,
  sessionFunctions,
  sessionMarks,
  sessionPrefix,
  sessionVariables,
  unlockCall,
} from './session-contract.ts'
export { exportLines } from './shell/exports.ts'
export { type Fragment, type FunctionCall, functionsIn, isFragment, render, renderCalls } from './shell/fragment.ts'
export { type ShellFunction, shellFunction } from './shell/function.ts'
export { quote } from './shell/quote.ts'
export { type Sh, type ShellValue, sh } from './shell/sh.ts'
export { type Bus, createBus, type EventName } from './signals/bus.ts'
export type * from './signals/events.ts'
export {
  type CodeContext,
  type CodeSpec,
  type CodeStep,
  code,
  type FolderHash,
  type OtherHost,
  type ShellStep,
  type Stdio,
  type Step,
  type StepFailure,
  type StepOptions,
  type Steps,
  step,
  toSteps,
} from './step.ts'
export { didYouMean } from './suggest.ts'
export type { UploadOptions, UploadRequest } from './upload-request.ts'
