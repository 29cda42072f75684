import { type Fragment, sh } from '@dragonfab/core'
import { type Layout, layoutVariables } from '../layout.ts'
import { listAdoptable } from '../shell/adopt.ts'
import { readJournal } from '../shell/journal.ts'
import { findLive } from '../shell/live-release.ts'

/** What a rollback needs to know about the releases of a host. */
export interface HostReleases {
  /** The release that `current` points to; undefined if it points to none. */
  readonly current: string | undefined
  /** Complete releases that were live, newest first, in the order of the journal. */
  readonly all: readonly string[]
  /** Those of `all` that are marked bad. */
  readonly bad: readonly string[]
}

/** Read-only text that prints them, also for another tool's tree that has not been adopted yet. */
export function askReleases(layout: Layout): Fragment {
  return sh`
    ${layoutVariables(sh, layout)}
    ${readJournal}
    for each in $(${listAdoptable}); do all="$each $all"; done
    printf 'current %s\nall %s\nbad %s\n' "$(${findLive})" "$all" "$bad"
  `
}

/** Reads what {@link askReleases} printed. */
export function readReleases(output: string): HostReleases {
  const words = (key: string): readonly string[] => {
    const line = output.split('\n').find((each) => each.startsWith(`${key} `))
    return line?.split(' ').slice(1).filter(Boolean) ?? []
  }
  return { current: words('current')[0], all: words('all'), bad: words('bad') }
}

export function goodOf({ all, bad }: HostReleases): readonly string[] {
  return all.filter((each) => !bad.includes(each))
}

/** The last good release before the live one. If `current` points to no known release, the last good one. */
export function findPredecessor(releases: HostReleases): string | undefined {
  const index = releases.current === undefined ? -1 : releases.all.indexOf(releases.current)
  return releases.all.slice(index + 1).find((each) => !releases.bad.includes(each))
}

/** The releases of a host, for people. */
export function describeReleases(releases: HostReleases): string {
  const good = goodOf(releases)
  const bad = releases.bad.length ? `, bad: ${releases.bad.join(' ')}` : ''
  return `live: ${releases.current ?? 'none'}, good: ${good.join(' ') || 'none'}${bad}`
}
