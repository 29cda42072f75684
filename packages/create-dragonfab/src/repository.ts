import { spawnSync } from 'node:child_process'

/** The git repository that contains a folder, if there is one. */
export interface Repository {
  readonly installed: boolean
  /** Undefined if there is no repository. */
  readonly found: { readonly path: string; readonly folder: string; readonly branch: string; readonly hasCommit: boolean } | undefined
}

function git(directory: string, args: readonly string[]): { readonly status: number | null; readonly out: string; readonly error: string } {
  const { status, stdout, stderr, error } = spawnSync('git', ['-C', directory, ...args], { encoding: 'utf8' })
  return { status: error ? null : status, out: (stdout ?? '').trim(), error: error?.message ?? stderr }
}

export function findRepository(directory: string): Repository {
  const workTree = git(directory, ['rev-parse', '--is-inside-work-tree'])
  if (workTree.status === null) return { installed: false, found: undefined }
  if (workTree.out !== 'true') return { installed: true, found: undefined }
  const up = git(directory, ['rev-parse', '--show-cdup']).out.replace(/\/$/, '')
  const folder = git(directory, ['rev-parse', '--show-prefix']).out.replace(/\/$/, '')
  const branch = git(directory, ['symbolic-ref', '--short', '-q', 'HEAD']).out || 'HEAD'
  const hasCommit = git(directory, ['rev-parse', '-q', '--verify', 'HEAD']).status === 0
  return { installed: true, found: { path: up || '.', folder, branch, hasCommit } }
}

/** Makes a repository whose first commit has all files of the folder. Returns the error if there is one. */
export function firstCommit(directory: string, init: boolean): string | undefined {
  const steps = [
    ...(init ? [['init', '--quiet', '--initial-branch=main']] : []),
    ['add', '--all', '.'],
    [...identity(directory), 'commit', '--quiet', '--no-verify', '--message=First commit'],
  ]
  for (const step of steps) {
    const { status, error } = git(directory, step)
    if (status !== 0) return `git ${step.join(' ')}: ${error.trim()}`
  }
  return undefined
}

/** If git has no name for its user, only this commit gets one. */
function identity(directory: string): readonly string[] {
  const known = git(directory, ['config', 'user.email']).out !== ''
  return known ? [] : ['-c', 'user.name=dragonfab', '-c', 'user.email=dragonfab@localhost']
}
