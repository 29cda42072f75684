import { type Fragment, sh } from '@dragonfab/core'
import { type Layout, places } from '../layout.ts'
import { adoptable } from '../shell/adopt.ts'
import { known } from '../shell/journal.ts'
import { live } from '../shell/live.ts'

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
    ${places(sh, layout)}
    ${known}
    for each in $(${adoptable}); do all="$each $all"; done
    printf 'current %s\nall %s\nbad %s\n' "$(${live})" "$all" "$bad"
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
export function predecessor(has: HostReleases): string | undefined {
  const at = has.current === undefined ? -1 : has.all.indexOf(has.current)
  return has.all.slice(at + 1).find((each) => !has.bad.includes(each))
}

/** For people: what a host has. */
export function describeReleases(has: HostReleases): string {
  const good = goodOf(has)
  const bad = has.bad.length ? `, bad: ${has.bad.join(' ')}` : ''
  return `live: ${has.current ?? 'none'}, good: ${good.join(' ') || 'none'}${bad}`
}
