import { definePlugin, type TaskSpec } from '@dragonfab/core'
import { commandRelease, runOnce } from './commands/once.ts'
import { openShell } from './commands/shell.ts'
import { dotenvFileOf, layoutOfEnv, linkedOfEnvs, type ReleaseEnv, readIfKnown, releaseAction } from './env.ts'
import * as facts from './facts/facts.ts'
import { flows, signals } from './flows.ts'
import { sharedJob } from './shared/job.ts'
import { diffShared, pullShared, pushShared } from './shared/tasks.ts'
import { checkHost } from './steps/check.ts'
import { checkProject } from './steps/check-project.ts'
import { cleanUpReleases } from './steps/cleanup.ts'
import { createRelease } from './steps/create.ts'
import { checkSecrets, writeEnvironment } from './steps/environment.ts'
import { checkLinked, linkShared, warnOfMissing } from './steps/linked.ts'
import { prepareFolders } from './steps/prepare.ts'
import { publishRelease } from './steps/publish.ts'
import { showStatus } from './steps/status.ts'
import { discardRelease, undoPublish } from './steps/undo.ts'
import { verifyRelease } from './steps/verify.ts'
import { variables } from './variables.ts'

const onceTask = {
  summary: 'Run a command in the live release (-- C, or --command C); with --release in its own release, which is removed afterwards',
  args: ['command', 'release?'],
  switches: ['release'],
  stdio: 'pipe',
  wrap: (args) => (args.release === 'true' ? commandRelease : undefined),
  run: ({ env, args }) => runOnce(env, args),
} as const satisfies TaskSpec<ReleaseEnv>

const shellTask = {
  summary: "Open the application's console at a terminal, or run the command after --",
  args: ['command?'],
  stdio: 'tty',
  run: ({ env, args }) => openShell(env, args),
} as const satisfies TaskSpec<ReleaseEnv>

/** Releases, `current` and `shared`: makes a release on every host, switches all hosts or none, and rolls back. */
export const release = definePlugin({
  name: 'release',
  variables,
  signals,
  flows,
  facts: { release: facts.release, rollbackTo: facts.rollbackTo, rollbackFrom: facts.rollbackFrom },
  defaults: {
    stateDir: '%(path)s/.dragonfab',
    releasePath: (env) => `${env.releasesPath}/${readIfKnown(() => env.rollbackTo) ?? env.release}`,
    currentRelease: (env) => env.rollbackFrom,
    previousRelease: (env) => env.rollbackTo,
    sharedSource: (env) => ['shared', env.stage, env.role].filter(Boolean).join('/'),
  },
  hooks: {
    'deploy.starting': ({ env, envs }) => prepareFolders(layoutOfEnv(env), linkedOfEnvs(envs), env),
    'deploy.started': ({ env, envs }) => {
      const { verb, release } = releaseAction(env)
      const layout = layoutOfEnv(env)
      return (
        verb === 'switch' && [
          checkLinked(layout, linkedOfEnvs(envs), env),
          warnOfMissing(layout, linkedOfEnvs(envs)),
          createRelease(layout, release),
        ]
      )
    },
    'deploy.updated': ({ env, envs }) => {
      const layout = layoutOfEnv(env)
      const file = dotenvFileOf(env)
      const options = { file: file ?? '', format: env.dotenvFormat, group: env.dotenvGroup }
      return [
        linkShared(layout, env.release, linkedOfEnvs(envs)),
        ...(file === undefined ? [] : writeEnvironment(layout, env.release, env.dotenv, options)),
      ]
    },
    'deploy.reverting': ({ env }) => verifyRelease(layoutOfEnv(env), env.rollbackTo),
    'deploy.publishing': ({ env }) => publishRelease(layoutOfEnv(env), releaseAction(env)),
    'deploy.finishing': ({ env }) => cleanUpReleases(layoutOfEnv(env), env.release, env.keepReleases),
    'release.undoing': ({ env }) => undoPublish(layoutOfEnv(env), releaseAction(env)),
    'release.discarding': ({ env }) => discardRelease(layoutOfEnv(env), env.release),
    check: ({ env, envs }) => [
      checkProject(linkedOfEnvs(envs)),
      checkSecrets(env.dotenv),
      checkHost(layoutOfEnv(env), linkedOfEnvs(envs), env),
    ],
    status: ({ env }) => showStatus(layoutOfEnv(env)),
  },
  tasks: {
    once: onceTask,
    run: onceTask,
    shell: shellTask,
    'shared.push': {
      summary: 'Send linked files from this machine (sharedSource) to shared/',
      args: ['file?'],
      run: ({ env, args }) => pushShared(sharedJob(env, args.file)),
    },
    'shared.pull': {
      summary: 'Fetch linked files from shared/ of the first host to this machine',
      args: ['file?'],
      run: ({ env, args }) => pullShared(sharedJob(env, args.file)),
    },
    'shared.diff': {
      summary: 'Compare linked files with those in shared/, without showing a value',
      args: ['file?'],
      readOnly: true,
      run: ({ env, args }) => diffShared(sharedJob(env, args.file)),
    },
  },
  fingerprint: ({ env }) => facts.fingerprintCurrent(layoutOfEnv(env)),
})
