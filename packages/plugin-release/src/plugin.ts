import { definePlugin, type TaskSpec } from '@dragonfab/core'
import { around, runOnce } from './commands/once.ts'
import { openShell } from './commands/shell.ts'
import { doing, layoutFrom, linkedFrom, maybe, type ReleaseEnv, writtenFile } from './env.ts'
import * as facts from './facts/facts.ts'
import { flows, signals } from './flows.ts'
import { sharedJob } from './shared/job.ts'
import { diff, pull, push } from './shared/tasks.ts'
import { standing } from './standing.ts'
import { check } from './steps/check.ts'
import { checkProject } from './steps/check-project.ts'
import { cleanup } from './steps/cleanup.ts'
import { create } from './steps/create.ts'
import { discard } from './steps/discard.ts'
import { environment } from './steps/environment.ts'
import { checkLinked, link, tellMissing } from './steps/linked.ts'
import { prepare, refuseCurrent } from './steps/prepare.ts'
import { publish } from './steps/publish.ts'
import { putBack } from './steps/put-back.ts'
import { status } from './steps/status.ts'
import { verify } from './steps/verify.ts'
import { variables } from './variables.ts'

const once = {
  summary: 'Run a command in the live release (-- C, or --command C); with --release in one of its own, removed afterwards',
  args: ['command', 'release?'],
  switches: ['release'],
  attached: 'command',
  around: (args) => (args.release === 'true' ? around : undefined),
  run: ({ env, args }) => runOnce(env, args),
} as const satisfies TaskSpec<ReleaseEnv>

const shell = {
  summary: "Open the application's console at a terminal, or what follows --",
  args: ['command?'],
  attached: 'terminal',
  run: ({ env, args }) => openShell(env, args),
} as const satisfies TaskSpec<ReleaseEnv>

/** Releases, `current` and `shared`: makes a release on every host, switches all hosts or none, and goes back. */
export const release = definePlugin({
  name: 'release',
  variables,
  signals,
  flows,
  facts: { release: facts.release, rollbackTo: facts.rollbackTo, rollbackFrom: facts.rollbackFrom },
  defaults: {
    stateDir: '%(path)s/.dragonfab',
    releasePath: (env) => `${env.releasesPath}/${maybe(() => env.rollbackTo) ?? env.release}`,
    currentRelease: (env) => env.rollbackFrom,
    previousRelease: (env) => env.rollbackTo,
    sharedSource: (env) => ['shared', env.stage, env.role].filter(Boolean).join('/'),
  },
  hooks: {
    'deploy.starting': ({ env, envs }) => [refuseCurrent(layoutFrom(env)), prepare(layoutFrom(env), linkedFrom(envs), env)],
    'deploy.started': ({ env, envs }) => {
      const { verb, release } = doing(env)
      const layout = layoutFrom(env)
      return (
        verb === 'switch' && [checkLinked(layout, linkedFrom(envs), env), tellMissing(layout, linkedFrom(envs)), create(layout, release)]
      )
    },
    'deploy.updated': ({ env, envs }) => {
      const layout = layoutFrom(env)
      const file = writtenFile(env)
      const options = { file: file ?? '', format: env.dotenvFormat, group: env.dotenvGroup }
      return [
        link(layout, env.release, linkedFrom(envs)),
        ...(file === undefined ? [] : environment(layout, env.release, env.dotenv, options)),
      ]
    },
    'deploy.reverting': ({ env }) => verify(layoutFrom(env), env.rollbackTo),
    'deploy.publishing': ({ env }) => publish(layoutFrom(env), doing(env)),
    'deploy.finishing': ({ env }) => cleanup(layoutFrom(env), env.release, env.keepReleases),
    'release.putting_back': ({ env }) => putBack(layoutFrom(env), doing(env)),
    'release.discarding': ({ env }) => discard(layoutFrom(env), env.release),
    check: ({ env, envs }) => [checkProject(linkedFrom(envs), env.sharedPath), check(layoutFrom(env), linkedFrom(envs), env)],
    status: ({ env }) => status(layoutFrom(env)),
  },
  tasks: {
    once,
    run: once,
    shell,
    'shared.push': {
      summary: 'Fill shared/ with linked files of this machine (sharedSource)',
      args: ['file?'],
      run: ({ env, args }) => push(sharedJob(env, args.file)),
    },
    'shared.pull': {
      summary: 'Fetch linked files from shared/ of the first host to this machine',
      args: ['file?'],
      run: ({ env, args }) => pull(sharedJob(env, args.file)),
    },
    'shared.diff': {
      summary: 'Compare linked files with those in shared/, without showing a value',
      args: ['file?'],
      reads: true,
      run: ({ env, args }) => diff(sharedJob(env, args.file)),
    },
  },
  standing: ({ env }) => standing(layoutFrom(env)),
})
