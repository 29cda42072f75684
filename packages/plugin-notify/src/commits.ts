import { execFile } from 'node:child_process'
import type { Shipped } from './env.ts'
import type { Commit, Revision } from './message.ts'

const commitName = /^[0-9a-f]{7,64}$/

export interface Range {
  readonly shipped: Shipped
  /** What is live before, as its REVISION says. */
  readonly from: string | undefined
  readonly most: number
  readonly gitWeb: string | undefined
  /** The config's folder, which is mostly a clone of what is shipped. */
  readonly directory: string
  readonly signal: AbortSignal
}

/** What is shipped, and the commits since what is live, where a repository of this machine has both. */
export async function revision({ shipped, from: live, most, gitWeb, directory, signal }: Range): Promise<Revision> {
  const { commit, branch } = shipped
  const from = live !== undefined && commitName.test(live) && live !== commit ? live : undefined
  const link = (each: string) =>
    gitWeb === undefined ? undefined : gitWeb.includes('{commit}') ? gitWeb.replaceAll('{commit}', each) : `${gitWeb}${each}`
  const told = { commit, branch, url: link(commit), from }
  if (from === undefined || most === 0) return told
  for (const folder of new Set([directory, ...(shipped.folder === undefined ? [] : [shipped.folder])])) {
    const all = await log(folder, `${from}..${commit}`, signal)
    if (all === undefined) continue
    const commits = all.slice(0, most).map((each) => ({ ...each, url: link(each.commit) }))
    return { ...told, commits, omitted: Math.max(0, all.length - most) }
  }
  return told
}

function log(folder: string, range: string, signal: AbortSignal): Promise<readonly Commit[] | undefined> {
  const argv = ['-C', folder, 'log', '--no-color', '--no-show-signature', '--max-count=1000', '--format=%H%x1f%an%x1f%s', range, '--']
  const options = {
    signal,
    maxBuffer: 4_000_000,
    env: { ...process.env, LC_ALL: 'C.UTF-8', GIT_TERMINAL_PROMPT: '0', GIT_NO_LAZY_FETCH: '1' },
  }
  return new Promise((resolve) => {
    execFile('git', argv, options, (error, stdout) => {
      if (error) return resolve(undefined)
      const lines = stdout.split('\n').filter(Boolean)
      resolve(
        lines.map((line) => {
          const [commit = '', author = '', subject = ''] = line.split('\x1f')
          return { commit, author, subject }
        }),
      )
    })
  })
}
