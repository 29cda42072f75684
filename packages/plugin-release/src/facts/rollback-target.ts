import { DragonfabError, type Problem, usageError } from '@dragonfab/core'
import { releaseName } from '../layout.ts'
import { describeReleases, findPredecessor, goodOf, type HostReleases } from './host-releases.ts'

type ReleasesByHost = Readonly<Record<string, HostReleases>>

/**
 * The release that a rollback makes live on every host: `name`, or else the last known-good release before the live one. It is the same for
 * all hosts. If a host does not have it, or would go to another one, the rollback is refused before any host switches.
 */
export function chooseRollbackTarget(hosts: ReleasesByHost, name?: string): string {
  return name === undefined ? chooseDefaultTarget(hosts) : checkNamedTarget(hosts, name)
}

function chooseDefaultTarget(hosts: ReleasesByHost): string {
  const targets = Object.values(hosts).map(findPredecessor)
  const [target] = targets
  if (target !== undefined && targets.every((each) => each === target)) return target
  const common = findCommonTarget(hosts)
  const aheadHosts = hostsWithNewerRelease(hosts)
  const remedy = [
    common === undefined
      ? 'deploy again: there is no release that all hosts could go back to'
      : `name one that all hosts have: rollback:${common}`,
    ...(aheadHosts.length ? [`or go back only where another release is live: --host ${aheadHosts.join(',')}`] : []),
  ].join('; ')
  throw createTargetError(hosts, remedy, (has) => {
    const ownTarget = findPredecessor(has)
    return ownTarget === undefined
      ? 'there is no known-good release before the live one'
      : `a rollback would lead to ${ownTarget} here, and elsewhere on other hosts`
  })
}

function checkNamedTarget(hosts: ReleasesByHost, name: string): string {
  if (!releaseName.test(name)) {
    throw usageError({
      code: 'RELEASE_NAME',
      message: `rollbackTo: ${JSON.stringify(name)} is not the name of a release`,
      remedy: 'see `dragonfab <environment> status` for their names',
    })
  }
  const lacking = Object.fromEntries(Object.entries(hosts).filter(([, has]) => !goodOf(has).includes(name)))
  if (Object.keys(lacking).length) {
    throw createTargetError(lacking, 'name a release that is good on all hosts, or deploy its commit again, as a new release', (has) =>
      has.bad.includes(name) ? `release ${name} is marked bad` : `there is no complete release ${name}`,
    )
  }
  if (Object.values(hosts).every((has) => has.current === name)) {
    throw createTargetError(hosts, 'nothing needs to be done', () => `release ${name} is live already`)
  }
  return name
}

/** Hosts whose live release other hosts never had, after `deploy --host web1`. They can be rolled back separately. */
function hostsWithNewerRelease(hosts: ReleasesByHost): readonly string[] {
  const all = Object.entries(hosts)
  const names = all.flatMap(([name, has]) =>
    findPredecessor(has) !== undefined && all.some(([, other]) => has.current !== undefined && !other.all.includes(has.current))
      ? [name]
      : [],
  )
  return names.length < all.length ? names : []
}

/** The newest good release that every host has and that is live on none. */
function findCommonTarget(hosts: ReleasesByHost): string | undefined {
  const all = Object.values(hosts).map((has) => ({ good: goodOf(has), current: has.current }))
  return all[0]?.good.find((each) => all.every(({ good, current }) => good.includes(each) && current !== each))
}

function createTargetError(hosts: ReleasesByHost, remedy: string, why: (has: HostReleases) => string): DragonfabError {
  const problems = Object.entries(hosts).map(
    ([host, has]): Problem => ({ code: 'ROLLBACK_TARGET', host, message: `${why(has)} (${describeReleases(has)})`, remedy }),
  )
  return new DragonfabError(problems)
}
