import { DragonfabError, type FactContext, type FactSpec, type Fragment, sh, usageError } from '@dragonfab/core'
import { layoutOfEnv, type ReleaseEnv, readIfKnown } from '../env.ts'
import { type Layout, layoutVariables } from '../layout.ts'
import { findLive } from '../shell/live-release.ts'
import { askReleases, type HostReleases, readReleases } from './host-releases.ts'
import { chooseRollbackTarget } from './rollback-target.ts'

/** `YYMMDD-HHMMSS` in UTC, one id for all hosts. If it is taken, `attempt` (0 at first) becomes a suffix. */
export function releaseId(now: Date, attempt: number): string {
  const id = now.toISOString().slice(2, 19).replace(/[-:]/g, '').replace('T', '-')
  return attempt > 0 ? `${id}-${attempt + 1}` : id
}

/** The new release's name. A name that you give (`--release NAME`) is used as it is, and must be free. */
export const release: FactSpec<ReleaseEnv> = {
  signals: ['deploy.updating'],
  scope: 'local',
  ask: async ({ env, attempt, now }) => {
    const name = readIfKnown(() => env.release)
    if (name === undefined) return releaseId(now, attempt)
    if (attempt > 0)
      throw usageError({
        code: 'RELEASE_TAKEN',
        message: `release ${name} exists already`,
        remedy: 'give another name, or remove it to name the release after the time',
      })
    return name
  },
}

/** The release to roll back to: all hosts are asked, and it is the same for all. */
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

/** The live release of each host; `none` if `current` points to no release. */
export const rollbackFrom: FactSpec<ReleaseEnv> = {
  signals: ['deploy.reverting'],
  scope: 'host',
  ask: async (context) => {
    const text = sh`
      ${layoutVariables(sh, layoutOfEnv(context.env))}
      ${findLive}
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
    message: `the releases of the host cannot be read (status ${status ?? 'none'})`,
    cause: stderr || undefined,
  })
}

/** What `apply` compares with the plan: where `current` points. Core adds the journal's last line. Read-only. */
export function fingerprintCurrent(layout: Layout): Fragment {
  return sh`
    if [ -L ${layout.currentPath} ]; then readlink -- ${layout.currentPath}; else echo 'no current'; fi
  `
}
