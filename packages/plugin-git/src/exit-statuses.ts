import type { StepFailure } from '@dragonfab/core'

/** What can go wrong, and how git, ssh or tar say so (in C locale). The first row that fits wins. */
interface ExitCase extends StepFailure {
  readonly kind: string
  /** The exit status of a step that ends with it. */
  readonly status: number
  /** Any of these in what was said on standard error. */
  readonly says: readonly string[]
}

export const exitCases = [
  {
    kind: 'no-git',
    status: 64,
    code: 'GIT_MISSING',
    message: 'git is not installed',
    remedy: "install git, or set `git.strategy: 'upload'`, which needs no git on the hosts",
    says: ['git: not found', 'git: command not found'],
  },
  {
    kind: 'host-key-changed',
    status: 65,
    code: 'GIT_HOST_KEY_CHANGED',
    message: 'the git server shows another host key than the known one',
    remedy: 'find out why (an attack, or a new server); then replace its line in known_hosts there',
    says: ['REMOTE HOST IDENTIFICATION HAS CHANGED', 'HOST IDENTIFICATION HAS CHANGED'],
  },
  {
    kind: 'host-key-unknown',
    status: 66,
    code: 'GIT_HOST_KEY_UNKNOWN',
    message: 'the host key of the git server is not known there',
    remedy: 'check its fingerprint and add it to known_hosts of that user there (`ssh-keyscan`)',
    says: ['Host key verification failed', 'host key is known for'],
  },
  {
    kind: 'denied',
    status: 67,
    code: 'GIT_DENIED',
    message: 'the git server refuses access to the repository',
    remedy: "give that user a deploy key, lend your agent (`forwardAgent`), set `git.password` for https, or use `git.strategy: 'upload'`",
    says: [
      'Permission denied (',
      'could not read Username',
      'could not read Password',
      'terminal prompts disabled',
      'Authentication failed',
      'Access denied',
      'access denied',
      'returned error: 401',
      'returned error: 403',
      'Too many authentication failures',
      'Load key',
    ],
  },
  {
    kind: 'unreachable',
    status: 68,
    code: 'GIT_UNREACHABLE',
    message: 'the git server cannot be reached',
    remedy: "is its name right, and is it reachable from there? `git.strategy: 'upload'` needs it to be reachable only from here",
    says: [
      'Could not resolve host',
      'Temporary failure in name resolution',
      'Connection refused',
      'timed out',
      'No route to host',
      'Network is unreachable',
      'Connection reset',
      'Connection closed',
      'kex_exchange_identification',
      'Failed to connect',
      "Couldn't connect to server",
      'unable to connect to',
      'unable to look up',
    ],
  },
  {
    kind: 'owner',
    status: 69,
    code: 'GIT_OWNER',
    message: 'git refuses a repository that belongs to another user (“dubious ownership”)',
    remedy: 'give it to the user who runs git there (chown -R), or remove the mirror so that it is made anew',
    says: ['dubious ownership'],
  },
  {
    kind: 'protocol',
    status: 70,
    code: 'GIT_PROTOCOL',
    message: 'git may not use that way of transport',
    remedy: 'use ssh, https, git or file; GIT_ALLOW_PROTOCOL may allow others',
    says: ["' not allowed", 'unable to find remote helper', 'is not a git command'],
  },
  {
    kind: 'no-space',
    status: 71,
    code: 'DISK_FULL',
    message: 'the disk is full: $OUTPUT',
    remedy: 'free some space there and deploy again; nothing live was changed',
    says: ['No space left on device', 'Disk quota exceeded'],
  },
  {
    kind: 'no-repository',
    status: 72,
    code: 'GIT_REPO_NOT_FOUND',
    message: 'there is no such repository',
    remedy: 'is git.repo right, and may that user see it? Many servers say “not found” instead of “forbidden”',
    says: [
      'does not appear to be a git repository',
      'Repository not found',
      'repository not found',
      "' not found",
      'could not be found',
      'returned error: 404',
      'no such repository',
      'repository not exported',
      "' does not exist",
    ],
  },
  {
    kind: 'not-writable',
    status: 73,
    code: 'GIT_NOT_WRITABLE',
    message: 'the user who deploys may not write there: $OUTPUT',
    remedy: 'give the folder to that user (chown -R)',
    says: ['Permission denied', 'Operation not permitted', 'Read-only file system'],
  },
  {
    kind: 'no-commit',
    status: 74,
    code: 'GIT_COMMIT_NOT_FOUND',
    message: 'the repository does not give out the commit',
    remedy: 'was it pushed? A branch that was moved away may have lost it: plan again',
    says: [],
  },
  {
    kind: 'no-tree',
    status: 76,
    code: 'GIT_TREE_NOT_FOUND',
    message: 'the commit has no such folder',
    remedy: 'correct git.archiveTree',
    says: [],
  },
  {
    kind: 'short-names',
    status: 77,
    code: 'GIT_TAR_TOO_OLD',
    message: 'tar there cuts names of more than 100 characters, and the repository has such names: $OUTPUT',
    remedy: "install GNU tar or bsdtar there, or set `git.strategy: 'upload'`",
    says: [],
  },
  {
    kind: 'no-mirror-path',
    status: 78,
    code: 'GIT_MIRROR_PATH_TAKEN',
    message: 'there is something that is no mirror at git.repoPath',
    remedy: 'move it away, or set another git.repoPath',
    says: [],
  },
  {
    kind: 'submodule',
    status: 79,
    code: 'GIT_SUBMODULE',
    message: 'a submodule cannot be shipped: $OUTPUT',
    remedy: 'correct .gitmodules in that commit',
    says: [],
  },
  {
    kind: 'no-lfs',
    status: 80,
    code: 'GIT_LFS_MISSING',
    message: 'the repository keeps files in Git LFS, and git-lfs is not installed',
    remedy: 'install git-lfs there: without it only pointers would be shipped',
    says: [],
  },
  {
    kind: 'no-tar',
    status: 81,
    code: 'TAR_MISSING',
    message: 'tar is not installed',
    remedy: 'install tar there',
    says: [],
  },
  {
    kind: 'cut',
    status: 82,
    code: 'UPLOAD_CUT',
    message: 'the upload did not arrive whole',
    remedy: 'nothing live was changed; deploy again',
    says: [],
  },
  {
    kind: 'other',
    status: 99,
    code: 'GIT_FAILED',
    message: 'git could not do it: $OUTPUT',
    says: [],
  },
] as const satisfies readonly ExitCase[]

export type ExitCaseKind = (typeof exitCases)[number]['kind']

export function exitCase(kind: ExitCaseKind): ExitCase {
  return exitCases.find((each) => each.kind === kind) as ExitCase
}

/** What people read for each exit status of this plugin's steps. */
export const failures: Readonly<Record<number, StepFailure>> = Object.fromEntries(
  (exitCases as readonly ExitCase[]).map(({ status, code, message, remedy }) => [
    status,
    { code, message, ...(remedy !== undefined && { remedy }) },
  ]),
)

/** What a program's status and its last words mean. */
export function diagnose(status: number | undefined, said: string): ExitCase {
  const rows: readonly ExitCase[] = exitCases
  const matchingCase = rows.find((each) => each.says.some((words) => said.includes(words)))
  return matchingCase ?? rows.find((each) => each.status === status) ?? (status === 127 ? exitCase('no-git') : exitCase('other'))
}
