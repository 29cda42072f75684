export type { AnyEnv } from './any-env.ts'
export { type Config, type ConfigEnv, defineConfig } from './config/config.ts'
export type { ConnectContext, ConnectTarget, GuestAddress } from './config/connect.ts'
export { type CoreSignal, coreSignals } from './config/core-fields.ts'
export { emit, emittedSignal } from './config/emit.ts'
export { type Field, type Fields, flag, list, type Scalar, secretText, table, text, whole } from './config/fields.ts'
export { describeValue, parseValue, toSentence } from './config/parse.ts'
export { definePlugin, isPlugin, type PluginFactory, type PluginSpec } from './config/plugin.ts'
export type { AnyPlugin, FactContext, FactSpec, Hook, HookContext, TaskContext, TaskSpec } from './config/plugin-contract.ts'
export { check, type Report, type StandardSchema } from './config/schema.ts'
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
export { formatPlaceholders, placeholderNames } from './env/format.ts'
export { type Contribution, type Layer, type LayerSource, readLayer } from './env/layers.ts'
export { createRegistry, type Registry } from './env/registry.ts'
export { notKnownCode, type ResolvedEnv, resolveEnv } from './env/resolve.ts'
export type { Origin, Variable } from './env/variable.ts'
export {
  DragonfabError,
  exitStatus,
  isDragonfabError,
  type Problem,
  toProblem,
  usageError,
} from './errors.ts'
export { type Collected, collect, type ExecOptions, type ExecResult, type Executor, type OpenCommand } from './executor.ts'
export type { Flow, FlowPhase, When } from './flow.ts'
export { type HostAddress, type MachineAddress, parseHost } from './hosts.ts'
export { isPlainObject, mapTree, type PlainObject } from './plain.ts'
export type { RunScope, SshDestination } from './run-scope.ts'
export { deriveSecret, hide, isSameSecret, isSecret, reveal, revealedSecrets, type Secret, type SecretOptions } from './secret.ts'
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
export { exitStatuses } from './shell/exit-statuses.ts'
export { exportLines } from './shell/exports.ts'
export { type Fragment, type FunctionCall, functionsIn, isFragment, render, renderCalls, withSecrets } from './shell/fragment.ts'
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
} from './step.ts'
export { didYouMean } from './suggest.ts'
export { describeTarget, hostTarget, localTarget, type StepTarget } from './target.ts'
export type { UploadOptions, UploadRequest } from './upload-request.ts'
