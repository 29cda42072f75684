import type { UploadRequest } from '@dragonfab/core'
import type { CodePart } from '@dragonfab/plan'
import { UploadAhead } from '@dragonfab/upload'
import type { RunOptions } from './run.ts'

/**
 * The first upload of a run, begun while the hosts are connected to. None where a step on this machine comes before it, for that may build what is
 * sent, or where an earlier code step opens channels.
 */
export class Ahead {
  readonly #options: RunOptions
  readonly #parts: ReadonlyMap<string, CodePart>
  readonly #upload: UploadAhead | undefined

  constructor(options: RunOptions) {
    this.#options = options
    const { parts, request } = firstUpload(options)
    this.#parts = parts
    this.#upload = request && new UploadAhead(request, options.directory, options.interruption.stop)
  }

  /** To be called when the host's session is about to be opened: one connection serves both. */
  connecting(host: string): void {
    const part = this.#parts.get(host)
    const connection = this.#options.connections.get(host)
    if (part && connection?.opening()) this.#upload?.open(host, connection.executor(part.as))
  }

  /** What was done for a part. */
  of(host: string, part: CodePart): UploadAhead | undefined {
    return this.#parts.get(host) === part ? this.#upload : undefined
  }

  end(): void {
    this.#upload?.end()
  }
}

function firstUpload({ plan, code }: RunOptions): { readonly parts: ReadonlyMap<string, CodePart>; readonly request?: UploadRequest } {
  const none = { parts: new Map() }
  for (const stretch of plan.tasks[0]?.phases.flatMap((phase) => phase.stretches) ?? []) {
    if (stretch.kind === 'here') return none
    const first = Object.entries(stretch.parts).flatMap(([host, parts]) => {
      const part = parts.find(({ kind }) => kind === 'code')
      return part?.kind === 'code' ? [[host, part] as const] : []
    })
    if (!first.length) continue
    const requests = first.map(([, part]) => code.steps.get(part.key)?.uploads)
    const [request] = requests
    // The same folder for all; where it lands may differ.
    const alike = requests.every((each) => each && request && folderOf(each) === folderOf(request))
    return request && alike && request.by !== 'rsync' ? { parts: new Map(first), request } : none
  }
  return none
}

const folderOf = ({ from, include, exclude, by }: UploadRequest): string => JSON.stringify([from, include, exclude, by])
