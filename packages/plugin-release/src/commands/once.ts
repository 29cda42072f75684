import { type FlowPhase, type Fragment, type Step, sh, step, unlockCall, usageError } from '@dragonfab/core'
import { layoutOfEnv, type ReleaseEnv } from '../env.ts'
import { exitStatus, failureFor } from '../exit-statuses.ts'
import { wrapInLoginShell } from './login.ts'

/** What `once --release` does around its command: all of a release but its switch, and takes it away again. */
export const commandRelease: { readonly before: readonly FlowPhase[]; readonly after: readonly FlowPhase[] } = {
  before: [{ signals: ['deploy.starting', 'deploy.started', 'deploy.updating', 'deploy.updated'], undo: ['release.discarding'] }],
  after: [{ signals: ['release.discarding'] }],
}

/** A command in the live release, or in the one that was made for it (which gives the lock up while it runs). */
export function runOnce(
  env: ReleaseEnv,
  args: { readonly command?: string | undefined; readonly release?: string | undefined },
): readonly Step[] {
  const text = args.command ?? ''
  const remedy = 'write once -- <command>, or --command <command>'
  if (!text.trim()) throw usageError({ code: 'BAD_ARGUMENT', message: 'once: there is no command', remedy })
  const ownRelease = args.release === 'true'
  const run = runInRelease(env, ownRelease ? env.releasePath : env.currentPath, sh`eval ${text}`, ownRelease)
  return [...(ownRelease ? [] : [checkReleaseLive(env)]), step(run, { title: text })]
}

/** Runs text in a release. `unlock` gives the run's lock up, once the working directory tells others that the release is in use. */
export function runInRelease(env: ReleaseEnv, directory: string, text: Fragment, unlock = false): Fragment {
  const shellEnv = env.shellEnv as Readonly<Record<string, string>>
  return wrapInLoginShell(text, { directory, dotenv: env.dotenv, shellEnv, ...(unlock && { onEnter: sh.raw(unlockCall) }) })
}

/** Whether there is a release to run in: told by itself, so that the command's own status stays its own. */
export function checkReleaseLive(env: ReleaseEnv): Step {
  const { currentPath } = layoutOfEnv(env)
  return step(sh`[ -d ${currentPath}/ ] || exit ${exitStatus.nothingLive}`, {
    title: 'is there a release',
    failures: failureFor('nothingLive', {
      code: 'NOTHING_LIVE',
      message: `there is no release at ${currentPath}`,
      remedy: 'make one: dragonfab <environment> release; or ship one for the command alone: once --release',
    }),
  })
}
