import type { FlagName } from './flags.ts'
import { type CommandOptions, createProblem, type ProblemList } from './invocation.ts'
import type { Scan } from './scan.ts'

/** Reads and checks the switches and settings of a run. */
export function readOptions(flags: FlagValues, problems: ProblemList): CommandOptions {
  const parallel = flags.texts('parallel').at(-1)
  if (parallel !== undefined && !/^[1-9]\d{0,5}$/.test(parallel)) {
    problems.push(createProblem('FLAG_VALUE', `--parallel must be a whole number from 1, not ‘${parallel}’`))
  }
  const wait = flags.texts('lock-wait').at(-1)
  const lockWaitMs = wait === undefined ? undefined : milliseconds(wait)
  if (wait !== undefined && lockWaitMs === undefined) {
    problems.push(createProblem('FLAG_VALUE', `--lock-wait must be a time, not ‘${wait}’`, 'write 30 (seconds), 30s, 5m or 1h'))
  }
  if (flags.isOn('verbose') && flags.isOn('quiet'))
    problems.push(createProblem('FLAG_CONFLICT', '--verbose and --quiet cannot be combined'))
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

/** The command line's own flags by name. If a flag is given twice, the last one counts. */
export class FlagValues {
  readonly #scan: Scan
  constructor(scanned: Scan) {
    this.#scan = scanned
  }
  texts(name: FlagName): readonly string[] {
    return this.#scan.flags.flatMap(({ flag, value }) => (flag.name === name && typeof value === 'string' ? [value] : []))
  }
  lists(name: FlagName): readonly string[] {
    const all = this.texts(name).flatMap((each) => each.split(','))
    return [...new Set(all.map((each) => each.trim()).filter(Boolean))]
  }
  isOn(name: FlagName): boolean {
    return this.#scan.flags.findLast(({ flag }) => flag.name === name)?.value === true
  }
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** `30` (seconds), `500ms`, `30s`, `5m`, `1h`, `1h30m` in milliseconds. Undefined for any other text. */
export function milliseconds(text: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return Math.round(Number(text) * 1000)
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined
  let sum = 0
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) sum += Number(amount) * (units[unit ?? ''] ?? 0)
  return Math.round(sum)
}
