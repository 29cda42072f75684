import type { HostOutcome, Problem } from '@dragonfab/core'
import type { NotifyEvent } from './options.ts'

export interface Commit {
  readonly commit: string
  readonly author: string
  /** The first line of its message. */
  readonly subject: string
  /** Its page in a browser, with `notify.gitWeb`. */
  readonly url?: string | undefined
}

/** A message. The generic webhook gets exactly this, as JSON, with `text` and `time`. */
export interface Message {
  /** `message` is that of `notify.send`. */
  readonly event: NotifyEvent | 'message'
  readonly app: string
  /** The environment. */
  readonly stage: string
  /** `release`, `rollback`, `restart`. */
  readonly task?: string | undefined
  /** The new release, or the target of a rollback. */
  readonly release?: string | undefined
  /** The release that a rollback leaves. */
  readonly rollbackFrom?: string | undefined
  /** The user and the machine. */
  readonly by: string
  readonly hosts: readonly string[]
  readonly revision?: Revision | undefined
  readonly failure?: { readonly status: number; readonly hosts: readonly HostOutcome[]; readonly problems: readonly Problem[] } | undefined
}

export interface Revision {
  readonly commit: string
  readonly branch?: string | undefined
  readonly url?: string | undefined
  /** The commit that was live before. */
  readonly from?: string | undefined
  /** The new commits, newest first. Only if a repository on this machine has both commits. */
  readonly commits?: readonly Commit[] | undefined
  /** How many more there are. */
  readonly omitted?: number | undefined
}

/** How to format text: plain, or with the markup of a chat. */
export interface TextMarks {
  text(text: string): string
  strong(text: string): string
  code(text: string): string
  link(url: string, text: string): string
}

export const plainMarks: TextMarks = { text: (text) => text, strong: (text) => text, code: (text) => text, link: (_, text) => text }

const shorten = (commit: string) => commit.slice(0, 10)

/** One sentence. */
export function formatHeadline(message: Message, marks: TextMarks): string {
  const { text, strong, code } = marks
  const place = `${strong(message.app)} › ${text(message.stage)}`
  const by = `by ${text(message.by)}`
  const release = message.release === undefined ? '' : ` ${code(message.release)}`
  const revision = message.revision ? `: ${formatRevision(message.revision, marks)}` : ''
  const direction = message.rollbackFrom === undefined ? '' : ` from ${code(message.rollbackFrom)} to${release}`
  switch (message.event) {
    case 'starting':
      return direction ? `${place}: rolling back${direction}, ${by}` : `${place}: deploying${release}${revision}, ${by}`
    case 'failed':
      return `${place}: ${text(message.task ?? 'the run')}${release} failed, ${describeEnd(message.failure?.status)}, ${by}`
    case 'rolledBack':
      return `${place}: rolled back${direction}, ${by}`
    default:
      return `${place}: deployed${release}${revision}, ${by}`
  }
}

function describeEnd(status: number | undefined): string {
  if (status === 3) return 'undone on all hosts (status 3)'
  if (status === 4) return 'and not undone on all hosts (status 4)'
  if (status === 5) return 'and the state of some hosts is unknown (status 5)'
  return status !== undefined && status > 128 ? `interrupted (status ${status})` : `nothing live was changed (status ${status ?? 1})`
}

function formatRevision({ commit, branch, url, from }: Revision, { text, code, link }: TextMarks): string {
  const commitText = url === undefined ? code(shorten(commit)) : link(url, shorten(commit))
  return `${branch === undefined ? '' : `${text(branch)} `}${commitText}${from === undefined ? '' : ` (before: ${code(shorten(from))})`}`
}

/** The lines below the headline: the commits, or the problems of each host. */
export function formatDetails(message: Message, { text, code, link }: TextMarks): readonly string[] {
  const { revision, failure } = message
  if (failure) {
    const bad = failure.hosts.filter(({ state }) => state === 'notUndone' || state === 'unknown')
    const problems = failure.problems
      .slice(0, 5)
      .map(
        ({ host, message: problemText, code: name }) =>
          `${text(host ? `${host}: ${truncate(problemText, 300)}` : truncate(problemText, 300))} ${code(name)}`,
      )
    const more = failure.problems.length - problems.length
    return [
      ...problems,
      ...(more > 0 ? [`and ${more} more`] : []),
      ...bad.map(({ host, state }) => text(state === 'unknown' ? `${host}: unknown` : `${host}: not undone`)),
    ]
  }
  const commits = (revision?.commits ?? []).map(
    ({ commit, subject, author, url }) =>
      `${url === undefined ? code(shorten(commit)) : link(url, shorten(commit))} ${text(`${truncate(subject, 120)} (${author})`)}`,
  )
  return revision?.omitted ? [...commits, `and ${revision.omitted} more`] : commits
}

const truncate = (text: string, maxLength: number) => (text.length > maxLength ? `${text.slice(0, maxLength - 1)}…` : text)

/** The same value with every text in it mapped. */
export function mapTexts<T>(value: T, change: (text: string) => string): T {
  if (typeof value === 'string') return change(value) as T
  if (Array.isArray(value)) return value.map((each) => mapTexts(each, change)) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, mapTexts(each, change)])) as T
}
