export { type Config, type ConfigEnv, defineConfig } from './config/config.ts'
export type { ConnectContext, ConnectTarget, GuestAddress } from './config/connect.ts'
export { type CoreSignal, coreFields, coreSignals, selectionFields, sudoUserOf } from './config/core-fields.ts'
export { type Field, type Fields, flag, list, type Scalar, secretText, table, text, whole } from './config/fields.ts'
export { describeValue, parseValue, toSentence } from './config/parse.ts'
export { definePlugin, emit, emittedSignal, isPlugin, type PluginFactory, type PluginSpec } from './config/plugin.ts'
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
export { formatPlaceholders, placeholderNames } from './env/evaluate.ts'
export { notKnownCode, type ResolvedEnv, resolveEnv } from './env/resolve.ts'
export type { Contribution, Layer, Registry, Variable } from './env/variable.ts'
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
export { type MachineAddress, parseHost } from './hosts.ts'
export { type AnyEnv, isPlainObject, mapTree, type PlainObject } from './plain.ts'
export { deriveSecret, hide, isSameSecret, isSecret, reveal, revealedSecrets, type Secret, type SecretOptions } from './secret.ts'
export { scratchVariables, secretPrefix, sessionFunctions, sessionPrefix } from './session-contract.ts'
export { type Fragment, type FunctionCall, functionsIn, isFragment, render, renderCalls, withSecrets } from './shell/fragment.ts'
export { type ShellFunction, shellFunction } from './shell/function.ts'
export { exportLines, quote } from './shell/quote.ts'
export { type Sh, type ShellValue, sh } from './shell/sh.ts'
export { type Bus, createBus, type EventName } from './signals/bus.ts'
export type * from './signals/events.ts'
export {
  type CodeContext,
  type CodeSpec,
  type CodeStep,
  code,
  exitStatuses,
  type FolderHash,
  type OtherHost,
  type RunScope,
  type ShellStep,
  type Stdio,
  type Step,
  type StepFailure,
  type StepOptions,
  type Steps,
  step,
} from './step.ts'
export { didYouMean } from './suggest.ts'
export { describeTarget, hostTarget, localTarget, type SshDestination, type StepTarget } from './target.ts'
export type { UploadOptions, UploadRequest } from './upload-request.ts'
