import { quote, usageError } from '@dragonfab/core'

/**
 * Quotes one word for the login shell, which may be dash, bash, zsh, fish or tcsh. fish interprets `\\` and `\'` within single quotes, so
 * backslashes are placed outside of them. It also expands `%self`. No spelling of a newline works in both POSIX shells and tcsh, so a
 * newline stays in quotes.
 */
function quoteForLoginShell(word: string): string {
  if (word === '') return quote(word)
  return word
    .split('\\')
    .map((part) => (part === '' ? '' : part.includes('%') ? forceQuotes(part) : quote(part)))
    .join('\\\\')
}

function forceQuotes(part: string): string {
  const word = quote(part)
  return word.startsWith("'") ? word : `'${word}'`
}

/** Builds the string that SSH sends instead of an argv. The user's login shell evaluates it. */
export function buildExecString(
  argv: readonly string[],
  options: { cwd?: string | undefined; env?: Readonly<Record<string, string>> | undefined } = {},
): string {
  if (argv.length === 0) throw usageError({ code: 'SSH_COMMAND', message: 'there is no command to run' })
  const { cwd, env = {} } = options
  const assignments = Object.entries(env).map(([name, value]) => {
    if (!/^[A-Za-z_]\w*$/.test(name)) {
      throw usageError({ code: 'SSH_COMMAND', message: `${JSON.stringify(name)} cannot be the name of an environment variable` })
    }
    return `${name}=${value}`
  })
  const words = assignments.length ? ['env', ...assignments, ...argv] : argv
  // 126 is the status of shells for a command that was found but cannot be run.
  const command = cwd === undefined ? words : ['sh', '-c', 'cd -- "$1" || exit 126; shift; exec "$@"', 'sh', cwd, ...words]
  return command.map(quoteForLoginShell).join(' ')
}
