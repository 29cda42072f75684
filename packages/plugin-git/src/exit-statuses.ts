import { exitStatuses } from '@dragonfab/core'

/** How the steps of this plugin may fail. `$OUTPUT` is the last line that a step printed. */
export const { exitStatus, failures } = exitStatuses({
  noGit: {
    status: 64,
    code: 'GIT_MISSING',
    message: 'git is not installed',
    remedy: "install git, or set `git.strategy: 'upload'`, which needs no git on the hosts",
  },
  hostKeyChanged: {
    status: 65,
    code: 'GIT_HOST_KEY_CHANGED',
    message: 'the host key of the git server has changed',
    remedy: 'find out why (an attack, or a new server), then replace its line in known_hosts on that machine',
  },
  hostKeyUnknown: {
    status: 66,
    code: 'GIT_HOST_KEY_UNKNOWN',
    message: 'the host key of the git server is unknown',
    remedy: 'check its fingerprint, then add it to known_hosts of that user on that machine (`ssh-keyscan`)',
  },
  denied: {
    status: 67,
    code: 'GIT_DENIED',
    message: 'the git server refuses access to the repository',
    remedy:
      "give that user a deploy key, forward your agent (`forwardAgent`), set `git.password` for https, or use `git.strategy: 'upload'`",
  },
  unreachable: {
    status: 68,
    code: 'GIT_UNREACHABLE',
    message: 'the git server cannot be reached',
    remedy: "check its name, and whether that machine can reach it; with `git.strategy: 'upload'`, only your machine must reach it",
  },
  owner: {
    status: 69,
    code: 'GIT_OWNER',
    message: 'git refuses a repository that belongs to another user (“dubious ownership”)',
    remedy: 'give it to the user who runs git (chown -R), or remove the mirror, which is then recreated',
  },
  protocol: {
    status: 70,
    code: 'GIT_PROTOCOL',
    message: 'git may not use this protocol',
    remedy: 'use ssh, https, git or file; GIT_ALLOW_PROTOCOL may allow others',
  },
  noSpace: {
    status: 71,
    code: 'DISK_FULL',
    message: 'the disk is full: $OUTPUT',
    remedy: 'free some space on it and deploy again; nothing live was changed',
  },
  noRepository: {
    status: 72,
    code: 'GIT_REPO_NOT_FOUND',
    message: 'the repository does not exist',
    remedy: 'check git.repo, and whether that user may see it: many servers answer “not found” instead of “forbidden”',
  },
  notWritable: {
    status: 73,
    code: 'GIT_NOT_WRITABLE',
    message: 'the user who deploys has no permission to write: $OUTPUT',
    remedy: 'give the folder to that user (chown -R)',
  },
  noCommit: {
    status: 74,
    code: 'GIT_COMMIT_NOT_FOUND',
    message: 'the repository does not serve the commit',
    remedy: 'push it, or plan again if its branch was reset meanwhile',
  },
  noTree: {
    status: 76,
    code: 'GIT_TREE_NOT_FOUND',
    message: 'the commit has no such folder',
    remedy: 'correct git.archiveTree',
  },
  shortNames: {
    status: 77,
    code: 'GIT_TAR_TOO_OLD',
    message: 'tar on the host truncates names of more than 100 characters, and the repository has such a name: $OUTPUT',
    remedy: "install GNU tar or bsdtar, or set `git.strategy: 'upload'`",
  },
  noMirrorPath: {
    status: 78,
    code: 'GIT_MIRROR_PATH_TAKEN',
    message: 'something other than a mirror is at git.repoPath',
    remedy: 'move it away, or set another git.repoPath',
  },
  submodule: {
    status: 79,
    code: 'GIT_SUBMODULE',
    message: 'a submodule cannot be shipped: $OUTPUT',
    remedy: 'correct .gitmodules in that commit',
  },
  noLfs: {
    status: 80,
    code: 'GIT_LFS_MISSING',
    message: 'the repository keeps files in Git LFS, and git-lfs is not installed',
    remedy: 'install git-lfs: without it, only pointers would be shipped',
  },
  noTar: {
    status: 81,
    code: 'TAR_MISSING',
    message: 'tar is not installed',
    remedy: 'install tar',
  },
  cut: {
    status: 82,
    code: 'UPLOAD_CUT',
    message: 'the upload was cut off',
    remedy: 'deploy again; nothing live was changed',
  },
  other: {
    status: 99,
    code: 'GIT_FAILED',
    message: 'git failed: $OUTPUT',
  },
})
