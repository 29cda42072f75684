import { milliseconds } from './duration.ts'
import type { FlagValues } from './flag-values.ts'
import type { CommandOptions } from './invocation.ts'
import { createProblem, type ProblemList } from './problems.ts'

/** The switches and settings of a run, checked. */
export function readOptions(flags: FlagValues, problems: ProblemList): CommandOptions {
  const parallel = flags.texts('parallel').at(-1)
  if (parallel !== undefined && !/^[1-9]\d{0,5}$/.test(parallel)) {
    problems.push(createProblem('FLAG_VALUE', `--parallel is a whole number from 1, not ‘${parallel}’`))
  }
  const wait = flags.texts('lock-wait').at(-1)
  const lockWaitMs = wait === undefined ? undefined : milliseconds(wait)
  if (wait !== undefined && lockWaitMs === undefined) {
    problems.push(createProblem('FLAG_VALUE', `--lock-wait is a time, not ‘${wait}’`, 'write 30 (seconds), 30s, 5m or 1h'))
  }
  if (flags.isOn('verbose') && flags.isOn('quiet'))
    problems.push(createProblem('FLAG_CONFLICT', '--verbose and --quiet exclude each other'))
  const optional = <K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } =>
    value === undefined ? {} : ({ [key]: value } as { [P in K]?: T })
  return {
    dryRun: flags.isOn('dry-run'),
    json: flags.isOn('json'),
    yes: flags.isOn('yes'),
    askSudoPassword: flags.isOn('ask-sudo-password'),
    verbose: flags.isOn('verbose'),
    quiet: flags.isOn('quiet'),
    noMask: flags.isOn('no-mask'),
    help: flags.isOn('help'),
    version: flags.isOn('version'),
    noPlugins: flags.lists('no-plugins'),
    ...optional('planOut', flags.texts('plan-out').at(-1)),
    ...optional('parallel', parallel === undefined ? undefined : Number(parallel)),
    ...optional('lockWaitMs', lockWaitMs),
    ...optional('reason', flags.texts('reason').at(-1)),
    ...optional('config', flags.texts('config').at(-1)),
    ...optional('from', flags.texts('from').at(-1)),
    ...optional('plugin', flags.texts('plugin').at(-1)),
  }
}
