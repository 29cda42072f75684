import { DragonfabError, type FactContext, type FactSpec, type Fragment, sh, usageError } from '@dragonfab/core'
import { layoutOfEnv, type ReleaseEnv, readIfKnown } from '../env.ts'
import { type Layout, layoutVariables } from '../layout.ts'
import { liveFunctions } from '../shell/live-release.ts'
import { askReleases, type HostReleases, readReleases } from './host-releases.ts'
import { chooseRollbackTarget } from './rollback-target.ts'

/** `YYMMDD-HHMMSS` in UTC, one id for the whole fleet; a suffix for each time that it was found taken (`attempt`, 0 at first). */
export function releaseId(now: Date, attempt: number): string {
  const id = now.toISOString().slice(2, 19).replace(/[-:]/g, '').replace('T', '-')
  return attempt > 0 ? `${id}-${attempt + 1}` : id
}

/** The new release's name. One that was given (`--release NAME`) is taken as it is, and must be free. */
export const release: FactSpec<ReleaseEnv> = {
  signals: ['deploy.updating'],
  scope: 'local',
  ask: async ({ env, attempt, now }) => {
    const givenRelease = readIfKnown(() => env.release)
    if (givenRelease === undefined) return releaseId(now, attempt)
    if (attempt > 0)
      throw usageError({
        code: 'RELEASE_TAKEN',
        message: `release ${givenRelease} exists already`,
        remedy: 'give another name, or none: one is made from the time',
      })
    return givenRelease
  },
}

/** The target, asked of all hosts and the same for all. */
export const rollbackTo: FactSpec<ReleaseEnv> = {
  signals: ['deploy.reverting'],
  scope: 'host',
  ask: async (context) => readReleases(await askHost(context, askReleases(layoutOfEnv(context.env)))),
  reconcile: (answers, { env }) => {
    const target = chooseRollbackTarget(
      answers as Readonly<Record<string, HostReleases>>,
      readIfKnown(() => env.rollbackTo),
    )
    return Object.fromEntries(Object.keys(answers).map((host) => [host, target]))
  },
}

/** What runs on each host now; `none` where `current` leads to no release. */
export const rollbackFrom: FactSpec<ReleaseEnv> = {
  signals: ['deploy.reverting'],
  scope: 'host',
  ask: async (context) => {
    const text = sh`
      ${layoutVariables(sh, layoutOfEnv(context.env))}
      ${liveFunctions}
    `
    return (await askHost(context, text)).trim() || 'none'
  },
}

async function askHost({ ask, env }: FactContext<ReleaseEnv>, text: Fragment): Promise<string> {
  const { status, stdout, stderr } = await ask(text)
  if (status === 0) return stdout
  throw new DragonfabError({
    code: 'HOST_ASKED',
    host: env.host,
    message: `the host could not tell which releases it has (status ${status ?? 'none'})`,
    cause: stderr || undefined,
  })
}

/** What `apply` compares with what the plan was made for: where `current` leads. Core adds the journal's last line. Read-only. */
export function fingerprintCurrent(layout: Layout): Fragment {
  return sh`
    if [ -L ${layout.currentPath} ]; then readlink -- ${layout.currentPath}; else echo 'no current'; fi
  `
}
