import { flag, secretText, text, whole } from '@dragonfab/core'
import { createTextCheck, findPathProblem, hasControl } from './names/path.ts'
import { findRefProblem } from './names/ref.ts'
import { findRepositoryProblem } from './names/repository.ts'

const factPhase = 'while a release is planned'

/** The options under `git`. The names of the original tools are accepted too. */
export const options = {
  repo: text({
    help: 'The repository: an address (ssh, https, git, file), or a folder, relative to the config',
    required: true,
    alias: 'repo',
    check: createTextCheck(findRepositoryProblem),
  }),
  branch: text({
    help: 'The branch, tag or commit to ship; by default master, or the repository’s default branch if it has no master',
    alias: 'branch',
    check: createTextCheck(findRefProblem),
  }),
  strategy: text({
    help: 'mirror: hosts fetch from the repository. upload: it is packed on this machine and sent, so hosts need neither git nor access. By default upload for a folder relative to the config, else mirror',
    choices: ['mirror', 'upload'],
  }),
  shallowClone: whole({ help: 'How many commits of history the mirror has; 0 for all', default: 1, min: 0 }),
  archiveTree: text({
    help: 'Ship only this folder of the repository; its contents become the release',
    default: '',
    allowEmpty: true,
    check: createTextCheck((path) => (path === '' ? undefined : findPathProblem(path))),
  }),
  submodules: flag({ help: 'Whether submodules are shipped too, at their recorded commits', default: false }),
  revisionFile: text({
    help: 'The file in the release that names the commit',
    default: 'REVISION',
    alias: 'revision_file',
    check: createTextCheck(findPathProblem),
  }),
  repoPath: text({ help: 'The mirror on the host', default: '%(path)s/repo', alias: 'repo_path', operand: true }),
  repoHeadPath: text({
    help: 'If this file exists, the mirror exists',
    default: '%(git.repoPath)s/HEAD',
    alias: 'repo_head_path',
    operand: true,
  }),
  checkoutPath: text({ help: 'Where git.checkout puts its clone on the host', default: '%(path)s/checkout', operand: true }),
  password: secretText({ help: 'Password or token for a repository on https; the user is in its address' }),
  timeout: whole({ help: 'Seconds that a connection to the repository may stay silent', default: 60, min: 1, max: 86_400 }),
  source: text({ help: 'The address that git uses: a folder with its full path, or a URL without its password', fact: factPhase }),
  ref: text({ help: 'Where the commit was found: refs/heads/main, refs/tags/v1, or the commit itself', fact: factPhase }),
  commit: text({
    help: 'The commit that is shipped, the same on every host',
    fact: factPhase,
    check: createTextCheck((commit) => (hasControl(commit) || !/^[0-9a-f]{40,64}$/.test(commit) ? 'should be a whole commit' : undefined)),
  }),
} as const
