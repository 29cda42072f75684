import { collect, type Executor } from '@dragonfab/core'
import type { ShippedCommit } from './env.ts'
import type { Commit, Revision } from './message.ts'

const commitName = /^[0-9a-f]{7,64}$/

export interface CommitRange {
  readonly shipped: ShippedCommit
  /** The commit that was live before, from its REVISION. */
  readonly from: string | undefined
  readonly maxCommits: number
  readonly gitWeb: string | undefined
  /** The config's folder, which is usually a clone of the repository. */
  readonly directory: string
  readonly local: Executor
  readonly signal: AbortSignal
}

/** The commit that is shipped, and those since the live one if a repository on this machine has both. */
export async function describeRevision({
  shipped,
  from: live,
  maxCommits,
  gitWeb,
  directory,
  local,
  signal,
}: CommitRange): Promise<Revision> {
  const { commit, branch } = shipped
  const from = live !== undefined && commitName.test(live) && live !== commit ? live : undefined
  const link = (each: string) =>
    gitWeb === undefined ? undefined : gitWeb.includes('{commit}') ? gitWeb.replaceAll('{commit}', each) : `${gitWeb}${each}`
  const basics = { commit, branch, url: link(commit), from }
  if (from === undefined || maxCommits === 0) return basics
  for (const folder of new Set([directory, ...(shipped.folder === undefined ? [] : [shipped.folder])])) {
    const newCommits = await readLog(local, folder, `${from}..${commit}`, signal)
    if (newCommits === undefined) continue
    const commits = newCommits.slice(0, maxCommits).map((each) => ({ ...each, url: link(each.commit) }))
    return { ...basics, commits, omitted: Math.max(0, newCommits.length - maxCommits) }
  }
  return basics
}

async function readLog(local: Executor, folder: string, range: string, signal: AbortSignal): Promise<readonly Commit[] | undefined> {
  const argv = [
    'git',
    '-C',
    folder,
    'log',
    '--no-color',
    '--no-show-signature',
    '--max-count=1000',
    '--format=%H%x1f%an%x1f%s',
    range,
    '--',
  ]
  const env = { LC_ALL: 'C.UTF-8', GIT_TERMINAL_PROMPT: '0', GIT_NO_LAZY_FETCH: '1' }
  const log = await collect(local, argv, { signal, env }).catch(() => undefined)
  if (log?.status !== 0) return undefined
  const lines = log.stdout.split('\n').filter(Boolean)
  return lines.map((line) => {
    const [commit = '', author = '', subject = ''] = line.split('\x1f')
    return { commit, author, subject }
  })
}
