import { type Secret, sudoUserOf } from '@dragonfab/core'
import { isRelativeFolder, parseRepository, type Repository } from './names/repository.ts'
import { defaultBranch } from './resolve/refs.ts'
import type { CommitSource, MirrorPaths } from './shell/git-update.ts'

/** What this plugin reads from an env. */
export interface GitEnv {
  readonly git: {
    readonly repo: string
    readonly branch: string | undefined
    readonly strategy: 'mirror' | 'upload' | undefined
    readonly shallowClone: number
    readonly archiveTree: string
    readonly submodules: boolean
    readonly revisionFile: string
    readonly repoPath: string
    readonly repoHeadPath: string
    readonly password: Secret | undefined
    readonly timeout: number
    readonly source: string
    readonly ref: string
    readonly commit: string
  }
  readonly host: string
  readonly user?: string | undefined
  readonly sudoUser?: string | undefined
}

/**
 * A folder relative to the config exists only on this machine, so it is uploaded. If this machine is the host, with the same user, it is used
 * like any other repository.
 */
export function strategyOf({ git, host, user, sudoUser }: GitEnv): 'mirror' | 'upload' {
  if (git.strategy) return git.strategy
  const onThisMachine = host === 'local' && sudoUserOf({ user, sudoUser }) === undefined
  return isRelativeFolder(git.repo) && !onThisMachine ? 'upload' : 'mirror'
}

export const mirrorOf = ({ git }: GitEnv): MirrorPaths => ({ path: git.repoPath, head: git.repoHeadPath })

/** The repository without knowing the config's folder: `git.source` is already absolute. */
export function plannedRepositoryOf({ git }: GitEnv): Repository {
  // The password may be in `git.repo`. It is not in the source.
  const { credential } = parseRepository(git.repo, '/', git.password)
  return { ...parseRepository(git.source, '/'), credential }
}

export function sourceOf(env: GitEnv): CommitSource {
  const { git } = env
  const { url, credential } = plannedRepositoryOf(env)
  return {
    url,
    credential,
    branch: git.ref,
    commit: git.commit,
    depth: git.shallowClone,
    folder: git.archiveTree,
    submodules: git.submodules,
    timeout: git.timeout,
  }
}

/** For people: `main a1b2c3d`. */
export function formatShortName({ git }: GitEnv): string {
  const name = git.ref.replace(/^refs\/(heads|tags)\//, '')
  return name === git.commit ? git.commit.slice(0, 10) : `${name} ${git.commit.slice(0, 10)}`
}

/** A note if the plugin chose the branch. */
export function noteOf({ git }: GitEnv): string | undefined {
  if (git.branch !== undefined || git.ref === `refs/heads/${defaultBranch}`) return undefined
  return `git.branch is not set, and there is no branch ${defaultBranch}, so the repository's default branch is shipped: ${git.ref.replace(/^refs\/heads\//, '')}`
}
