import { DragonfabError, type Problem, usageError } from '@dragonfab/core'
import { releaseName } from '../layout.ts'
import { describeReleases, findPredecessor, goodOf, type HostReleases } from './host-releases.ts'

type ReleasesByHost = Readonly<Record<string, HostReleases>>

/**
 * The release that a rollback makes live on every host: `name`, or else the last known-good release before the live one. It is the same for
 * all hosts. If a host does not have it, or would switch to another one, the rollback is refused before any host switches.
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
      ? 'deploy again: the hosts have no release in common to roll back to'
      : `name one that all hosts have: rollback:${common}`,
    ...(aheadHosts.length ? [`or roll back only the hosts with a newer release: --host ${aheadHosts.join(',')}`] : []),
  ].join('; ')
  throw createTargetError(hosts, remedy, (releases) => {
    const ownTarget = findPredecessor(releases)
    return ownTarget === undefined
      ? 'there is no known-good release before the live one'
      : `a rollback would lead to ${ownTarget} on this host, but to another release on others`
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
  const hostsWithoutIt = Object.fromEntries(Object.entries(hosts).filter(([, releases]) => !goodOf(releases).includes(name)))
  if (Object.keys(hostsWithoutIt).length) {
    const remedy = 'name a release that is good on all hosts, or deploy its commit again, as a new release'
    throw createTargetError(hostsWithoutIt, remedy, ({ bad }) =>
      bad.includes(name) ? `release ${name} is marked bad` : `there is no complete release ${name}`,
    )
  }
  if (Object.values(hosts).every(({ current }) => current === name)) {
    throw createTargetError(hosts, 'nothing needs to be done', () => `release ${name} is live already`)
  }
  return name
}

/** Hosts whose live release other hosts never had, after `deploy --host web1`. They can be rolled back separately. */
function hostsWithNewerRelease(hosts: ReleasesByHost): readonly string[] {
  const all = Object.entries(hosts)
  const names = all.flatMap(([name, releases]) =>
    findPredecessor(releases) !== undefined &&
    all.some(([, other]) => releases.current !== undefined && !other.all.includes(releases.current))
      ? [name]
      : [],
  )
  return names.length < all.length ? names : []
}

/** The newest good release that every host has and that is not live on any. */
function findCommonTarget(hosts: ReleasesByHost): string | undefined {
  const all = Object.values(hosts).map((releases) => ({ good: goodOf(releases), current: releases.current }))
  return all[0]?.good.find((each) => all.every(({ good, current }) => good.includes(each) && current !== each))
}

function createTargetError(hosts: ReleasesByHost, remedy: string, why: (releases: HostReleases) => string): DragonfabError {
  const problems = Object.entries(hosts).map(
    ([host, releases]): Problem => ({ code: 'ROLLBACK_TARGET', host, message: `${why(releases)} (${describeReleases(releases)})`, remedy }),
  )
  return new DragonfabError(problems)
}
