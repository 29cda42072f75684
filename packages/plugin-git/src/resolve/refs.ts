/** What `git ls-remote --symref` prints: the commit of each name, with tags peeled. */
export interface RepositoryRefs {
  readonly commits: ReadonlyMap<string, string>
  /** The branch that `HEAD` points to. */
  readonly head: string | undefined
}

export function parseRefs(answer: string): RepositoryRefs {
  const commits = new Map<string, string>()
  let head: string | undefined
  for (const line of answer.split('\n')) {
    const [what = '', name] = line.split('\t')
    if (name === undefined) continue
    if (what.startsWith('ref: ')) {
      if (name === 'HEAD') head = what.slice(5)
    } else if (name.endsWith('^{}')) commits.set(name.slice(0, -3), what)
    else if (!commits.has(name)) commits.set(name, what)
  }
  return { commits, head }
}

/** The arguments of `ls-remote` that find `branch`. They match the end of names, so the answer must be filtered. */
export function refPatterns(branch: string | undefined): readonly string[] {
  if (branch?.startsWith('refs/')) return ['HEAD', branch, `${branch}^{}`]
  const name = branch ?? defaultBranch
  return ['HEAD', `refs/heads/${name}`, `refs/tags/${name}`, `refs/tags/${name}^{}`]
}

/** The default of the original tools. */
export const defaultBranch = 'master'

export interface FoundRef {
  readonly commit: string
  /** `refs/heads/main`, `refs/tags/v1`. */
  readonly ref: string
}

/** A branch is preferred to a tag of the same name. Without `branch`: `master`, or the repository's own default branch. */
export function findRef({ commits, head }: RepositoryRefs, branch: string | undefined): FoundRef | undefined {
  const name = branch ?? defaultBranch
  const candidates = name.startsWith('refs/') ? [name] : [`refs/heads/${name}`, `refs/tags/${name}`]
  const ref = candidates.find((each) => commits.has(each))
  if (ref !== undefined) return { commit: commits.get(ref) ?? '', ref }
  const commit = commits.get('HEAD')
  return commit !== undefined && (branch === undefined || branch === 'HEAD') ? { commit, ref: head ?? 'HEAD' } : undefined
}
