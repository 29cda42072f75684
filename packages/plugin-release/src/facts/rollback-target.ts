import { DragonfabError, type Problem, usageError } from '@dragonfab/core'
import { releaseName } from '../layout.ts'
import { describeReleases, goodOf, type HostReleases, predecessor } from './host-releases.ts'

type Hosts = Readonly<Record<string, HostReleases>>

/**
 * Where a rollback leads on every host: to `asked`, or else to the last known-good release before the live one. One release for the
 * whole fleet: where a host lacks it, or would go elsewhere, the rollback is refused before any host moves, with what each has.
 */
export function rollbackTarget(hosts: Hosts, asked?: string): string {
  return asked === undefined ? before(hosts) : named(hosts, asked)
}

function before(hosts: Hosts): string {
  const targets = Object.values(hosts).map(predecessor)
  const [target] = targets
  if (target !== undefined && targets.every((each) => each === target)) return target
  const common = commonTarget(hosts)
  const alone = ahead(hosts)
  const remedy = [
    common === undefined
      ? 'deploy again: there is no release that all hosts could go back to'
      : `name one that all hosts have: rollback:${common}`,
    ...(alone.length ? [`or go back only where another release is live: --host ${alone.join(',')}`] : []),
  ].join('; ')
  throw refusal(hosts, remedy, (has) => {
    const own = predecessor(has)
    return own === undefined
      ? 'there is no known-good release before the live one'
      : `a rollback would lead to ${own} here, and elsewhere on other hosts`
  })
}

function named(hosts: Hosts, asked: string): string {
  if (!releaseName.test(asked)) {
    throw usageError({
      code: 'RELEASE_NAME',
      message: `rollbackTo: ${JSON.stringify(asked)} is not the name of a release`,
      remedy: 'see status for their names',
    })
  }
  const lacking = Object.fromEntries(Object.entries(hosts).filter(([, has]) => !goodOf(has).includes(asked)))
  if (Object.keys(lacking).length) {
    throw refusal(lacking, 'name a release that is good on all hosts, or deploy its commit again, as a new release', (has) =>
      has.bad.includes(asked) ? `release ${asked} is marked bad` : `there is no complete release ${asked}`,
    )
  }
  if (Object.values(hosts).every((has) => has.current === asked)) {
    throw refusal(hosts, 'nothing needs to be done', () => `release ${asked} is live already`)
  }
  return asked
}

/** Hosts whose live release other hosts never had, after `deploy --host web1`: they can go back by themselves. */
function ahead(hosts: Hosts): readonly string[] {
  const all = Object.entries(hosts)
  const names = all.flatMap(([name, has]) =>
    predecessor(has) !== undefined && all.some(([, other]) => has.current !== undefined && !other.all.includes(has.current)) ? [name] : [],
  )
  return names.length < all.length ? names : []
}

/** The newest that every host has, before the live one of each. */
function commonTarget(hosts: Hosts): string | undefined {
  const all = Object.values(hosts).map((has) => ({ good: goodOf(has), current: has.current }))
  return all[0]?.good.find((each) => all.every(({ good, current }) => good.includes(each) && current !== each))
}

function refusal(hosts: Hosts, remedy: string, why: (has: HostReleases) => string): DragonfabError {
  const problems = Object.entries(hosts).map(
    ([host, has]): Problem => ({ code: 'ROLLBACK_TARGET', host, message: `${why(has)} (${describeReleases(has)})`, remedy }),
  )
  return new DragonfabError(problems)
}
