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
    message: 'the git server shows another host key than the known one',
    remedy: 'find out why (an attack, or a new server); then replace its line in known_hosts there',
  },
  hostKeyUnknown: {
    status: 66,
    code: 'GIT_HOST_KEY_UNKNOWN',
    message: 'the host key of the git server is not known there',
    remedy: 'check its fingerprint and add it to known_hosts of that user there (`ssh-keyscan`)',
  },
  denied: {
    status: 67,
    code: 'GIT_DENIED',
    message: 'the git server refuses access to the repository',
    remedy: "give that user a deploy key, lend your agent (`forwardAgent`), set `git.password` for https, or use `git.strategy: 'upload'`",
  },
  unreachable: {
    status: 68,
    code: 'GIT_UNREACHABLE',
    message: 'the git server cannot be reached',
    remedy: "is its name right, and is it reachable from there? `git.strategy: 'upload'` needs it to be reachable only from here",
  },
  owner: {
    status: 69,
    code: 'GIT_OWNER',
    message: 'git refuses a repository that belongs to another user (“dubious ownership”)',
    remedy: 'give it to the user who runs git there (chown -R), or remove the mirror so that it is made anew',
  },
  protocol: {
    status: 70,
    code: 'GIT_PROTOCOL',
    message: 'git may not use that way of transport',
    remedy: 'use ssh, https, git or file; GIT_ALLOW_PROTOCOL may allow others',
  },
  noSpace: {
    status: 71,
    code: 'DISK_FULL',
    message: 'the disk is full: $OUTPUT',
    remedy: 'free some space there and deploy again; nothing live was changed',
  },
  noRepository: {
    status: 72,
    code: 'GIT_REPO_NOT_FOUND',
    message: 'there is no such repository',
    remedy: 'is git.repo right, and may that user see it? Many servers say “not found” instead of “forbidden”',
  },
  notWritable: {
    status: 73,
    code: 'GIT_NOT_WRITABLE',
    message: 'the user who deploys may not write there: $OUTPUT',
    remedy: 'give the folder to that user (chown -R)',
  },
  noCommit: {
    status: 74,
    code: 'GIT_COMMIT_NOT_FOUND',
    message: 'the repository does not give out the commit',
    remedy: 'was it pushed? A branch that was moved away may have lost it: plan again',
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
    message: 'tar there cuts names of more than 100 characters, and the repository has such names: $OUTPUT',
    remedy: "install GNU tar or bsdtar there, or set `git.strategy: 'upload'`",
  },
  noMirrorPath: {
    status: 78,
    code: 'GIT_MIRROR_PATH_TAKEN',
    message: 'there is something that is no mirror at git.repoPath',
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
    remedy: 'install git-lfs there: without it only pointers would be shipped',
  },
  noTar: {
    status: 81,
    code: 'TAR_MISSING',
    message: 'tar is not installed',
    remedy: 'install tar there',
  },
  cut: {
    status: 82,
    code: 'UPLOAD_CUT',
    message: 'the upload did not arrive whole',
    remedy: 'nothing live was changed; deploy again',
  },
  other: {
    status: 99,
    code: 'GIT_FAILED',
    message: 'git could not do it: $OUTPUT',
  },
})
