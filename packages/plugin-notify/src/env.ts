import { isDragonfabError, type Secret } from '@dragonfab/core'
import type { NotifyEvent } from './options.ts'

/** What this plugin reads of an env. */
export interface NotifyEnv {
  readonly appName: string
  readonly stage: string
  readonly currentPath: string
  readonly release: string
  readonly rollbackFrom: string
  readonly rollbackTo: string
  readonly notify: {
    readonly slackWebhook: Secret | undefined
    readonly slackChannel: string | undefined
    readonly iconEmoji: string | undefined
    readonly webhook: Secret | undefined
    readonly webhookToken: Secret | undefined
    readonly gitWeb: string | undefined
    readonly events: readonly NotifyEvent[]
    readonly commits: number
    readonly timeout: number
  }
}

/** What reading gives, or nothing where it is not known here: a fact of another flow, a plugin that the project does not have. */
export function readIfKnown<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (isDragonfabError(error)) return undefined
    throw error
  }
}

/** What plugin-git, where the project has it, says is shipped. */
export interface ShippedCommit {
  readonly commit: string
  /** `main`, `v1.2`; nothing where a commit itself was asked for. */
  readonly branch: string | undefined
  /** The file in a release that names the commit. */
  readonly file: string
  /** The repository, where it is a folder of this machine. */
  readonly folder: string | undefined
}

export function shippedOf(env: object): ShippedCommit | undefined {
  const readText = (name: string) => {
    const value = readIfKnown(() => (env as { git?: Record<string, unknown> }).git?.[name])
    return typeof value === 'string' ? value : undefined
  }
  const commit = readText('commit')
  if (commit === undefined) return undefined
  const branch = readText('ref')?.replace(/^refs\/(heads|tags)\//, '')
  const source = readText('source')
  return {
    commit,
    branch: branch === commit ? undefined : branch,
    file: readText('revisionFile') ?? 'REVISION',
    folder: source?.startsWith('/') ? source : undefined,
  }
}
