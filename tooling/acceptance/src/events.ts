import type { HostOutcome, Problem } from '@dragonfab/core'
import type { CommandResult } from '@dragonfab/test-kit'

/** One line of `--json`. */
export interface Event {
  readonly type: string
  readonly time: number
  readonly [key: string]: unknown
}

/** Parses the lines of `--json`. Throws if a line is not JSON, because nothing else may be on stdout. */
export function eventsOf(result: Pick<CommandResult, 'stdout'>): readonly Event[] {
  return result.stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Event)
}

/** The last event of a run with `--json`. */
export function endOf(result: Pick<CommandResult, 'stdout' | 'stderr'>): {
  readonly status: number
  readonly hosts: readonly HostOutcome[]
  readonly problems: readonly Problem[]
  readonly codes: readonly string[]
} {
  const end = eventsOf(result).findLast((event) => event.type === 'run:end')
  if (!end) throw new Error(`there is no run:end\n${result.stdout}${result.stderr}`)
  const problems = end.problems as readonly Problem[]
  return { status: end.status as number, hosts: end.hosts as readonly HostOutcome[], problems, codes: problems.map(({ code }) => code) }
}
