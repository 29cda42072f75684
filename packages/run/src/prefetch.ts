import type { UploadRequest } from '@dragonfab/core'
import type { CodePart } from '@dragonfab/plan'
import { UploadPrefetch } from '@dragonfab/upload'
import type { RunOptions } from './options.ts'

/**
 * The first upload of a run, started while the hosts are being connected. There is none if an earlier step on this machine may build the
 * files, or if an earlier code step opens channels.
 */
export class Prefetch {
  readonly #options: RunOptions
  readonly #parts: ReadonlyMap<string, CodePart>
  readonly #upload: UploadPrefetch | undefined

  constructor(options: RunOptions) {
    this.#options = options
    const { parts, request } = findFirstUpload(options)
    this.#parts = parts
    this.#upload = request && new UploadPrefetch(request, options.directory, options.interruption.stop)
  }

  /** Call this just before the host's session is opened, so that one connection serves both. */
  begin(host: string): void {
    const part = this.#parts.get(host)
    const connection = this.#options.connections.get(host)
    if (part && connection?.isOpening()) this.#upload?.openShellOn(host, connection.executor(part.as))
  }

  /** The upload that was started for a part, if any. */
  uploadFor(host: string, part: CodePart): UploadPrefetch | undefined {
    return this.#parts.get(host) === part ? this.#upload : undefined
  }

  end(): void {
    this.#upload?.end()
  }
}

function findFirstUpload({ plan, code }: RunOptions): { readonly parts: ReadonlyMap<string, CodePart>; readonly request?: UploadRequest } {
  const none = { parts: new Map() }
  for (const segment of plan.tasks[0]?.phases.flatMap((phase) => phase.segments) ?? []) {
    if (segment.kind === 'local') return none
    const first = Object.entries(segment.parts).flatMap(([host, parts]) => {
      const part = parts.find(({ kind }) => kind === 'code')
      return part?.kind === 'code' ? [[host, part] as const] : []
    })
    if (!first.length) continue
    const requests = first.map(([, part]) => code.steps.get(part.key)?.uploads)
    const [request] = requests
    // All hosts must receive the same folder. The target may differ.
    const sameFolder = requests.every((each) => each && request && folderKeyOf(each) === folderKeyOf(request))
    return request && sameFolder && request.by !== 'rsync' ? { parts: new Map(first), request } : none
  }
  return none
}

const folderKeyOf = ({ from, include, exclude, by }: UploadRequest): string => JSON.stringify([from, include, exclude, by])
