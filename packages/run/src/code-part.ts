import { type CodeContext, type CodeStep, exitStatus, isDragonfabError, type RunFailure, type RunScope, toProblem } from '@dragonfab/core'
import type { CodePart } from '@dragonfab/plan'
import type { UploadPrefetch } from '@dragonfab/upload'
import type { Connection } from './connection.ts'
import { localExecutor } from './local-executor.ts'
import type { OtherEnvironments } from './options.ts'
import { hostFieldOf, maskProblem, type OutputSinks, type PartRef, type PartResult, stepRefOf, succeeded } from './part-result.ts'
import { createRunScope } from './run-scope.ts'

/** Runs a code step on this machine, for one host or once. */
export async function runCodePart(
  part: CodePart,
  code: CodeStep | undefined,
  partRef: PartRef,
  connection: Connection | undefined,
  options: OutputSinks & {
    readonly directory: string
    readonly signal: AbortSignal
    readonly scope?: RunScope | undefined
    readonly failure?: RunFailure | undefined
    readonly confirm?: ((question: string, typed?: string) => Promise<boolean>) | undefined
    readonly prefetch?: UploadPrefetch | undefined
    readonly otherEnvironments?: OtherEnvironments | undefined
  },
): Promise<PartResult> {
  const [step] = part.steps
  const stepRef = stepRefOf(step, partRef)
  const since = Date.now()
  const emitOutput = (text: string, more: { readonly transient?: true } = {}): void =>
    options.bus.emit('step:output', { ...stepRef, stream: 'stdout', text: options.mask.maskText(text), ...more })
  const local = localExecutor('this machine')
  options.bus.emit('step:start', stepRef)
  try {
    if (!code) throw new Error(`the configuration does not contain the code of ${part.name}`)
    const executor = connection ? await connection.executor(part.as) : undefined
    const context: CodeContext = {
      get executor() {
        if (!executor) throw new Error(`${part.name} runs on this machine and has no host`)
        return executor
      },
      local,
      get host() {
        if (partRef.target.kind === 'local') throw new Error(`${part.name} runs on this machine and has no host`)
        return partRef.target.name
      },
      run: options.scope ?? createRunScope(),
      directory: options.directory,
      signal: options.signal,
      mask: (text) => options.mask.maskText(text),
      failure: options.failure,
      log: (line) => emitOutput(`${line}\n`),
      // A line that the next one overwrites, as programs at a terminal show their progress.
      progress: (text) => emitOutput(`${text}\r`, { transient: true }),
      capture: (text) => {
        if (!connection) throw new Error(`${part.name} runs on this machine and has no host`)
        return connection.capture(text, options.signal)
      },
      confirm: async (question, { typed } = {}) => (await options.confirm?.(options.mask.maskText(question), typed)) ?? false,
      environments: options.otherEnvironments?.environments ?? [],
      hostsOf: (environment) => {
        if (!options.otherEnvironments) throw new Error('this run has no other environments')
        return options.otherEnvironments.hosts(environment)
      },
      upload: async (request) => (await import('@dragonfab/upload')).uploadFolder(request, context, options.prefetch),
    }
    await code.run(context)
    options.bus.emit('step:end', { ...stepRef, status: 0, ok: true, warned: false, ms: Date.now() - since })
    return succeeded
  } catch (error) {
    const problem = maskProblem(toProblem(error, { code: 'CODE_FAILED', ...hostFieldOf(partRef), step: step.title }), options.mask)
    options.bus.emit('step:end', { ...stepRef, status: undefined, ok: false, warned: step.allowFailure, ms: Date.now() - since })
    const outcomeUnknown = isDragonfabError(error) && error.status === exitStatus.unknown
    if (!step.allowFailure) return { problems: [problem], lost: false, replan: false, outcomeUnknown }
    options.bus.emit('note', { target: partRef.target, level: 'warning', message: problem.message })
    return succeeded
  } finally {
    await local.close()
  }
}
