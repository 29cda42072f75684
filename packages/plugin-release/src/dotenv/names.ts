/** Names that dash, bash or busybox keep for themselves: read-only ones end the reading of the file, others give back something else. */
const reservedNames = new Set(
  `_ BASHOPTS BASHPID BASH_ARGC BASH_ARGV BASH_COMMAND BASH_COMPAT BASH_LINENO BASH_SOURCE BASH_SUBSHELL BASH_VERSINFO BASH_XTRACEFD
  DIRSTACK EPOCHREALTIME EPOCHSECONDS EUID FUNCNAME GROUPS HISTCMD LINENO OPTIND PIPESTATUS PPID RANDOM SECONDS SHELLOPTS SRANDOM UID`.split(
    /\s+/,
  ),
)

/** Why this cannot be the name of a variable in `.env`, or nothing. */
export function findNameProblem(name: string): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return 'is not the name of an environment variable (letters, digits and _, no digit first)'
  if (reservedNames.has(name)) return 'is kept by shells for themselves, so they would not read it back'
  return undefined
}
