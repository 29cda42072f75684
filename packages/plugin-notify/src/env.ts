import { isDragonfabError, type Secret } from '@dragonfab/core'
import type { NotifyEvent } from './options.ts'

/** What this plugin reads from an env. */
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

/** The value, or undefined if it is not known: a fact of another flow, or a variable of a plugin that the project does not use. */
export function readIfKnown<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (isDragonfabError(error)) return undefined
    throw error
  }
}

/** The commit that plugin-git ships, if the project has that plugin. */
export interface ShippedCommit {
  readonly commit: string
  /** `main`, `v1.2`; undefined if the config names a commit. */
  readonly branch: string | undefined
  /** The file with the commit in a release. */
  readonly file: string
  /** The repository, if it is a folder on this machine. */
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
