import { definePlugin, emit, type Steps, type TaskContext } from '@dragonfab/core'
import { readIfKnown, release } from '@dragonfab/plugin-release'
import { type GitEnv, strategyOf } from './env.ts'
import { facts } from './facts.ts'
import { options } from './options.ts'
import { checkRepositoryReadable } from './steps/check.ts'
import { checkOutRepository } from './steps/checkout.ts'
import { makeMirror, shipCommit, tidyHostMirror } from './steps/mirror.ts'
import { deltaScript, showLiveRevision, showRollback, writeRevisionFile } from './steps/revision.ts'
import { packCommit, sendCommit } from './steps/upload.ts'

const checkoutTask = {
  summary: 'Clone a repository on the hosts, or bring its clone up to date (git.checkoutPath, git.branch, git.repo)',
  args: ['path?', 'branch?', 'repo?'],
  run: ({ env, args }: TaskContext<GitEnv & { readonly git: { readonly checkoutPath: string } }>) => checkOutRepository(env, args),
} as const

const usesMirror = (env: GitEnv) => strategyOf(env) === 'mirror'

/** Some signals also belong to flows that ship nothing: a rollback starts like a release. */
function stepsIfShipping(env: GitEnv, steps: () => Steps): Steps {
  return readIfKnown(() => env.git.commit) === undefined ? undefined : steps()
}

/** Ships one commit of a git repository to all hosts: from a mirror on each, or packed on this machine and sent. */
export const git = definePlugin({
  name: 'git',
  needs: [release()],
  options,
  signals: ['git.building', 'git.built', 'git.updated', 'git.reverted', 'git.head.publishing', 'git.delta.publishing'],
  // First, so that packing on this machine comes before any host is touched, and does not divide the hosts' script.
  order: 'pre',
  facts,
  flows: {
    'git.head': { summary: 'Show which commit is live on each host', phases: [{ signals: ['git.head.publishing'] }], readOnly: true },
    'git.delta': { summary: 'Show what a release would change', phases: [{ signals: ['git.delta.publishing'] }], readOnly: true },
  },
  tasks: { 'git.checkout': checkoutTask, git_update: { ...checkoutTask, overridable: true } },
  hooks: {
    'deploy.starting': ({ env }) => stepsIfShipping(env, () => !usesMirror(env) && packCommit(env)),
    'deploy.started': ({ env }) => stepsIfShipping(env, () => usesMirror(env) && makeMirror(env)),
    'deploy.updating': [
      emit('git.building'),
      ({ env }) => (usesMirror(env) ? shipCommit(env) : sendCommit(env)),
      ({ env }) => writeRevisionFile(env),
      emit('git.built'),
      emit('git.updated'),
    ],
    'deploy.finishing': ({ env }) => stepsIfShipping(env, () => usesMirror(env) && tidyHostMirror(env)),
    'deploy.reverting': ({ env }) => showRollback(env),
    'deploy.reverted': emit('git.reverted'),
    'deploy.finishing_rollback': ({ env }) => showRollback(env),
    'git.head.publishing': ({ env }) => showLiveRevision(env),
    'git.delta.publishing': ({ env }) => deltaScript(env),
    check: ({ env }) => checkRepositoryReadable(env),
    // plugin-release shows the commit in REVISION.
    status: ({ env }) => env.git.revisionFile !== 'REVISION' && showLiveRevision(env),
  },
})
