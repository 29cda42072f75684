import { milliseconds } from './duration.ts'
import type { FlagValues } from './flag-values.ts'
import type { RunOptions } from './invocation.ts'
import { type Problems, problem } from './problems.ts'

/** The switches and settings of a run, checked. */
export function optionsOf(flags: FlagValues, problems: Problems): RunOptions {
  const parallel = flags.texts('parallel').at(-1)
  if (parallel !== undefined && !/^[1-9]\d{0,5}$/.test(parallel)) {
    problems.push(problem('FLAG_VALUE', `--parallel is a whole number from 1, not ‘${parallel}’`))
  }
  const wait = flags.texts('lock-wait').at(-1)
  const lockWaitMs = wait === undefined ? undefined : milliseconds(wait)
  if (wait !== undefined && lockWaitMs === undefined) {
    problems.push(problem('FLAG_VALUE', `--lock-wait is a time, not ‘${wait}’`, 'write 30 (seconds), 30s, 5m or 1h'))
  }
  if (flags.on('verbose') && flags.on('quiet')) problems.push(problem('FLAG_CONFLICT', '--verbose and --quiet exclude each other'))
  const optional = <K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } =>
    value === undefined ? {} : ({ [key]: value } as { [P in K]?: T })
  return {
    dryRun: flags.on('dry-run'),
    json: flags.on('json'),
    yes: flags.on('yes'),
    askSudoPassword: flags.on('ask-sudo-password'),
    verbose: flags.on('verbose'),
    quiet: flags.on('quiet'),
    noMask: flags.on('no-mask'),
    help: flags.on('help'),
    version: flags.on('version'),
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
