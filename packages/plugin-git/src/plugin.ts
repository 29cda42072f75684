import { definePlugin, isDragonfabError, type Steps, type TaskContext, tell } from '@dragonfab/core'
import { release } from '@dragonfab/plugin-release'
import { facts } from './facts.ts'
import { options } from './options.ts'
import { type GitEnv, strategyOf } from './shipping.ts'
import { check } from './steps/check.ts'
import { checkout } from './steps/checkout.ts'
import { prepare, tidy, update } from './steps/mirror.ts'
import { delta, revisionOfLive, rollback, write } from './steps/revision.ts'
import { pack, send } from './steps/upload.ts'

const checkoutTask = {
  summary: 'Clone a repository on the hosts, or bring its clone up to date (git.checkoutPath, git.branch, git.repo)',
  args: ['path?', 'branch?', 'repo?'],
  run: ({ env, args }: TaskContext<GitEnv & { readonly git: { readonly checkoutPath: string } }>) => checkout(env, args),
} as const

const mirrors = (env: GitEnv) => strategyOf(env) === 'mirror'

/** Some signals belong to flows that ship nothing: a rollback starts like a release. */
function whereShipping(env: GitEnv, steps: () => Steps): Steps {
  try {
    void env.git.commit
  } catch (error) {
    if (isDragonfabError(error) && error.code === 'VARIABLE_NOT_KNOWN') return undefined
    throw error
  }
  return steps()
}

/** Ships one commit of a git repository to all hosts: from a mirror on each, or packed here and sent. */
export const git = definePlugin({
  name: 'git',
  needs: [release()],
  options,
  signals: ['git.building', 'git.built', 'git.updated', 'git.reverted', 'git.head.publishing', 'git.delta.publishing'],
  // What is packed on this machine is packed before any host is touched, without cutting the hosts' script in two.
  order: 'pre',
  facts,
  flows: {
    'git.head': { summary: 'Which commit runs where', phases: [{ signals: ['git.head.publishing'] }], reads: true },
    'git.delta': { summary: 'What a release would change', phases: [{ signals: ['git.delta.publishing'] }], reads: true },
  },
  tasks: { 'git.checkout': checkoutTask, git_update: { ...checkoutTask, readyMade: true } },
  hooks: {
    'deploy.starting': ({ env }) => whereShipping(env, () => !mirrors(env) && pack(env)),
    'deploy.started': ({ env }) => whereShipping(env, () => mirrors(env) && prepare(env)),
    'deploy.updating': [
      tell('git.building'),
      ({ env }) => (mirrors(env) ? update(env) : send(env)),
      ({ env }) => write(env),
      tell('git.built'),
      tell('git.updated'),
    ],
    'deploy.finishing': ({ env }) => whereShipping(env, () => mirrors(env) && tidy(env)),
    'deploy.reverting': ({ env }) => rollback(env),
    'deploy.reverted': tell('git.reverted'),
    'deploy.finishing_rollback': ({ env }) => rollback(env),
    'git.head.publishing': ({ env }) => revisionOfLive(env),
    'git.delta.publishing': ({ env }) => delta(env),
    check: ({ env }) => check(env),
    // plugin-release tells the commit that REVISION has.
    status: ({ env }) => env.git.revisionFile !== 'REVISION' && revisionOfLive(env),
  },
})
