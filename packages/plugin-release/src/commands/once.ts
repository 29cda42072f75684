import { type Flow, type FlowPhase, type Fragment, type Step, sh, step, usageError } from '@dragonfab/core'
import { layoutOfEnv, type ReleaseEnv } from '../env.ts'
import { exitStatus, failureFor } from '../exit-statuses.ts'
import { newReleaseEnv } from '../flows.ts'
import { wrapInLoginShell } from './login.ts'

/** What `once --release` does around its command: it makes a release without switching, and removes it afterwards. */
export const commandRelease: {
  readonly before: readonly FlowPhase[]
  readonly after: readonly FlowPhase[]
  readonly taskEnv: Flow['taskEnv']
} = {
  taskEnv: newReleaseEnv,
  before: [{ signals: ['deploy.starting', 'deploy.started', 'deploy.updating', 'deploy.updated'], undo: ['release.discarding'] }],
  after: [{ signals: ['release.discarding'] }],
}

/** Runs a command in the live release, or in the one that was made for it. That one gives up the lock while the command runs. */
export function runOnce(
  env: ReleaseEnv,
  args: { readonly command?: string | undefined; readonly release?: string | undefined },
): readonly Step[] {
  const text = args.command ?? ''
  const remedy = 'use once -- <command>, or --command <command>'
  if (!text.trim()) throw usageError({ code: 'BAD_ARGUMENT', message: 'once: there is no command', remedy })
  const ownRelease = args.release === 'true'
  const run = runInRelease(env, ownRelease ? env.releasePath : env.currentPath, sh`eval ${text}`, ownRelease)
  return [...(ownRelease ? [] : [checkReleaseLive(env)]), step(run, { title: text })]
}

/** Runs text in a release. `unlock` gives up the run's lock. Then the working directory shows other runs that the release is in use. */
export function runInRelease(env: ReleaseEnv, directory: string, text: Fragment, unlock = false): Fragment {
  const shellEnv = env.shellEnv as Readonly<Record<string, string>>
  return wrapInLoginShell(text, { directory, dotenv: env.dotenv, shellEnv, ...(unlock && { onEnter: sh`mark tell unlock` }) })
}

/** Whether there is a release to run in. It is a separate step, so that the command's exit status remains its own. */
export function checkReleaseLive(env: ReleaseEnv): Step {
  const { currentPath } = layoutOfEnv(env)
  return step(sh`[ -d ${currentPath}/ ] || exit ${exitStatus.nothingLive}`, {
    title: 'is there a release',
    failures: failureFor('nothingLive', {
      code: 'NOTHING_LIVE',
      message: `there is no release at ${currentPath}`,
      remedy: 'make one with `dragonfab <environment> release`, or only for this command with once --release',
    }),
  })
}
