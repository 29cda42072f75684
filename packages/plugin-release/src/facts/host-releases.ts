import { type Fragment, sh } from '@dragonfab/core'
import { type Layout, layoutVariables } from '../layout.ts'
import { adoptableFunction } from '../shell/adopt.ts'
import { knownFunction } from '../shell/journal.ts'
import { liveFunctions } from '../shell/live-release.ts'

/** What a host has, as the rollback sees it. */
export interface HostReleases {
  /** What `current` leads to; undefined where it leads to no release. */
  readonly current: string | undefined
  /** Complete, and live once, newest first: in the order of the journal. */
  readonly all: readonly string[]
  /** Those of them that are marked bad. */
  readonly bad: readonly string[]
}

/** Read-only text that prints it, also for a tree that another tool made and nobody has adopted yet. */
export function askReleases(layout: Layout): Fragment {
  return sh`
    ${layoutVariables(sh, layout)}
    ${knownFunction}
    for each in $(${adoptableFunction}); do all="$each $all"; done
    printf 'current %s\nall %s\nbad %s\n' "$(${liveFunctions})" "$all" "$bad"
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

/** The last good one before the live one; where `current` leads to none that is known, the last good one at all. */
export function findPredecessor(releases: HostReleases): string | undefined {
  const at = releases.current === undefined ? -1 : releases.all.indexOf(releases.current)
  return releases.all.slice(at + 1).find((each) => !releases.bad.includes(each))
}

/** For people: what a host has. */
export function describeReleases(releases: HostReleases): string {
  const good = goodOf(releases)
  const bad = releases.bad.length ? `, bad: ${releases.bad.join(' ')}` : ''
  return `live: ${releases.current ?? 'none'}, good: ${good.join(' ') || 'none'}${bad}`
}
