/** A flag of the command line itself. For the flags of variables, see `variables.ts`. */
export interface FlagSpec {
  readonly name: string
  /** `-r`. */
  readonly short?: string
  readonly aliases?: readonly string[]
  /** The name of its value in the help. A flag without one is a switch. */
  readonly value?: string
  /** It may be given more than once, or with commas. */
  readonly many?: boolean
  readonly help: string
}

/** Every flag that is not a variable, in the order in which `--help` shows them. */
export const flags = [
  { name: 'stage', short: 's', aliases: ['environment'], value: 'ENVIRONMENT', help: 'the environment, if it is not the first word' },
  { name: 'role', short: 'r', aliases: ['roles'], value: 'ROLE', many: true, help: 'only hosts of this role' },
  { name: 'host', value: 'HOST', many: true, help: 'only this host' },
  { name: 'set', value: 'NAME=VALUE', help: 'set a variable; every variable is also a flag (--git-branch next)' },
  { name: 'dry-run', short: 'n', help: 'print the scripts of every host and change nothing' },
  { name: 'plan-out', value: 'FILE', help: 'write the plan to FILE and stop; run it with `dragonfab apply FILE`' },
  { name: 'json', help: 'print one JSON event per line on stdout' },
  { name: 'yes', short: 'y', help: 'answer every question with yes' },
  { name: 'parallel', value: 'N', help: 'run on at most N hosts at a time' },
  { name: 'no-plugins', value: 'A,B', many: true, help: 'leave these plugins out' },
  { name: 'lock-wait', value: 'T', help: 'wait up to T for a lock that another run holds: 30 (seconds), 30s, 5m, 1h' },
  { name: 'reason', value: 'TEXT', help: 'the reason for the run, stored with the lock and in the history' },
  { name: 'no-mask', help: 'do not mask secrets in the output of a command (`once`, into a file or a pipe)' },
  { name: 'ask-sudo-password', help: 'ask once for the sudo password' },
  { name: 'verbose', short: 'v', aliases: ['show-output'], help: 'show all output of all hosts' },
  { name: 'quiet', short: 'q', help: 'show only problems' },
  { name: 'config', short: 'd', aliases: ['deployfile'], value: 'FILE', help: 'the configuration file' },
  { name: 'plugin', value: 'NAME', help: 'new: write a plugin with this name and a test for it' },
  { name: 'from', value: 'FILE', help: 'new: convert a deploy.yml or an environments.py into a configuration' },
  { name: 'help', short: 'h', help: 'print this text' },
  { name: 'version', short: 'V', help: 'print the version' },
] as const satisfies readonly FlagSpec[]

export type FlagName = (typeof flags)[number]['name']

const flagsByName = new Map<string, FlagSpec>()
for (const flag of flags as readonly FlagSpec[]) {
  flagsByName.set(`--${flag.name}`, flag)
  if (flag.short) flagsByName.set(`-${flag.short}`, flag)
  for (const alias of flag.aliases ?? []) flagsByName.set(`--${alias}`, flag)
}

/** The flag that `--dry-run`, `--dry_run` or `-n` means. */
export function findFlag(written: string): FlagSpec | undefined {
  return flagsByName.get(written.startsWith('--') ? written.replaceAll('_', '-') : written)
}

/** All spellings, for “did you mean”. */
export const flagNames: readonly string[] = [...flagsByName.keys()].filter((name) => name.startsWith('--'))
