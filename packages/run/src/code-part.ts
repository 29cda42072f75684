import { type CodeContext, type CodeStep, exit, isDragonfabError, problemOf, type RunFailure } from '@dragonfab/core'
import type { CodePart } from '@dragonfab/plan'
import type { UploadAhead } from '@dragonfab/upload'
import type { Connection } from './connection.ts'
import type { Elsewhere } from './elsewhere.ts'
import { localExecutor } from './local.ts'
import { fine, masked, type PartEnd, type PartPlace, placeOf, type Telling } from './part.ts'

/** Runs a code step on this machine, for one host or once. */
export async function runCode(
  part: CodePart,
  code: CodeStep | undefined,
  at: PartPlace,
  connection: Connection | undefined,
  options: Telling & {
    readonly directory: string
    readonly signal: AbortSignal
    readonly failure?: RunFailure | undefined
    readonly confirm?: ((question: string, typed?: string) => Promise<boolean>) | undefined
    readonly ahead?: UploadAhead | undefined
    readonly elsewhere?: Elsewhere | undefined
  },
): Promise<PartEnd> {
  const [step] = part.steps
  const place = placeOf(step, at)
  const since = Date.now()
  const say = (text: string, more: { readonly passing?: true } = {}): void =>
    options.bus.emit('step:output', { ...place, stream: 'stdout', text: options.mask.text(text), ...more })
  const local = localExecutor('this machine')
  options.bus.emit('step:start', place)
  try {
    if (!code) throw new Error(`the code of ${part.name} was not found in the configuration`)
    const executor = connection ? await connection.executor(part.as) : undefined
    const context: CodeContext = {
      get executor() {
        if (!executor) throw new Error(`${part.name} runs on this machine and has no host`)
        return executor
      },
      local,
      host: at.host,
      directory: options.directory,
      signal: options.signal,
      mask: (text) => options.mask.text(text),
      failure: options.failure,
      log: (line) => say(`${line}\n`),
      // What overwrites its line, as programs at a terminal tell how far they are.
      progress: (text) => say(`${text}\r`, { passing: true }),
      capture: (text) => {
        if (!connection) throw new Error(`${part.name} runs on this machine and has no host`)
        return connection.capture(text, options.signal)
      },
      confirm: async (question, { typed } = {}) => (await options.confirm?.(options.mask.text(question), typed)) ?? false,
      environments: options.elsewhere?.environments ?? [],
      elsewhere: (environment) => {
        if (!options.elsewhere) throw new Error('there are no other environments here')
        return options.elsewhere.hosts(environment)
      },
      upload: async (request) => (await import('@dragonfab/upload')).upload(request, context, options.ahead),
    }
    await code.run(context)
    options.bus.emit('step:end', { ...place, status: 0, ok: true, warned: false, ms: Date.now() - since })
    return fine
  } catch (error) {
    const problem = masked(problemOf(error, { code: 'CODE_FAILED', host: at.host, step: step.title }), options.mask)
    options.bus.emit('step:end', { ...place, status: undefined, ok: false, warned: step.warns, ms: Date.now() - since })
    const unknown = isDragonfabError(error) && error.status === exit.unknown
    if (!step.warns) return { problems: [problem], lost: false, replan: false, unknown }
    options.bus.emit('note', { host: at.host, level: 'warning', message: problem.message })
    return fine
  } finally {
    await local.close()
  }
}
