import { DragonfabError, type FactContext, type FactSpec, type Fragment, sh, usageError } from '@dragonfab/core'
import { layoutFrom, maybe, type ReleaseEnv } from '../env.ts'
import { places } from '../layout.ts'
import { releaseId } from '../release-id.ts'
import { live } from '../shell/live.ts'
import { askReleases, type HostReleases, readReleases } from './host-releases.ts'
import { rollbackTarget } from './rollback-target.ts'

/** The new release's name. One that was given (`--release NAME`) is taken as it is, and must be free. */
export const release: FactSpec<ReleaseEnv> = {
  signals: ['deploy.updating'],
  of: 'here',
  ask: async ({ env, attempt, now }) => {
    const given = maybe(() => env.release)
    if (given === undefined) return releaseId(now, attempt)
    if (attempt > 0)
      throw usageError({
        code: 'RELEASE_TAKEN',
        message: `release ${given} exists already`,
        remedy: 'give another name, or none: one is made from the time',
      })
    return given
  },
}

/** The target, asked of all hosts and the same for all. */
export const rollbackTo: FactSpec<ReleaseEnv> = {
  signals: ['deploy.reverting'],
  of: 'host',
  ask: async (context) => readReleases(await asked(context, askReleases(layoutFrom(context.env)))),
  settle: (answers, { env }) => {
    const target = rollbackTarget(
      answers as Readonly<Record<string, HostReleases>>,
      maybe(() => env.rollbackTo),
    )
    return Object.fromEntries(Object.keys(answers).map((host) => [host, target]))
  },
}

/** What runs on each host now; `none` where `current` leads to no release. */
export const rollbackFrom: FactSpec<ReleaseEnv> = {
  signals: ['deploy.reverting'],
  of: 'host',
  ask: async (context) => {
    const text = sh`
      ${places(sh, layoutFrom(context.env))}
      ${live}
    `
    return (await asked(context, text)).trim() || 'none'
  },
}

async function asked({ ask, env }: FactContext<ReleaseEnv>, text: Fragment): Promise<string> {
  const { status, stdout, stderr } = await ask(text)
  if (status === 0) return stdout
  throw new DragonfabError({
    code: 'HOST_ASKED',
    host: env.host,
    message: `the host could not tell which releases it has (status ${status ?? 'none'})`,
    cause: stderr || undefined,
  })
}
