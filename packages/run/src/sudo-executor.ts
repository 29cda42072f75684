import { type Executor, type OpenCommand, reveal, type Secret } from '@dragonfab/core'

/**
 * Runs commands of `inner` as another user, through sudo. Without a password sudo must not ask for one (`-n`).
 * With a password it first finds out whether sudo asks at all, because a password line that nobody reads would become the command's
 * input. It then tries the password by itself, so that a wrong one counts as one attempt (`-S` would read two more). `-k` makes sudo ask
 * in any case. The password is sent on stdin and passed by the builtin `printf`, so it is never in an argument list.
 */
export function sudoExecutor(inner: Executor, user: string, password?: Secret): Executor {
  const label = `${inner.label} › sudo:${user}`
  const sudo = ['sudo', '-n', '-H', '-u', user, '--']
  return {
    label,
    close: () => inner.close(),
    ...(inner.forward && { forward: inner.forward.bind(inner) }),
    async open(argv, options) {
      if (!password) return inner.open([...sudo, ...argv], options)
      if (options?.tty) return openAtTerminal(inner, { user, password, argv }, options)
      const command = await inner.open(['sh', '-c', pipeScript, 'sh', user, ...argv], options)
      await command.write(`${reveal(password)}\n`)
      return command
    },
  }
}

const passwordScript = [
  'IFS= read -r p',
  'if sudo -n -u "$u" true 2>/dev/null; then sudo -n -H -u "$u" -- "$@"',
  `elif printf "%s\\n" "$p" | sudo -k -S -p "" -u "$u" -- true 2>/dev/null; then { printf "%s\\n" "$p"; p=; exec cat; } | sudo -k -S -p "" -H -u "$u" -- "$@"`,
  'else echo "sudo: this password is not accepted for $u" >&2; exit 77',
  'fi',
].join('; ')

const pipeScript = `u=$1; shift; ${passwordScript}`

const terminalScript = `u=$1; shift; if [ -t 0 ]; then exec sudo -k -S -p "$(printf "\\036sudo asks")" -H -u "$u" -- "$@"; fi; ${passwordScript}`

const promptMark = '\x1esudo asks'

/** Printed at a terminal once it is ready for a script. */
export const readyMark = '\x1edragonfab terminal'

/**
 * With a terminal, stdin is the command's input, so sudo asks at the terminal, with a prompt that we recognise and answer once. On this machine
 * the terminal is the user's, and the command's input is a pipe.
 */
async function openAtTerminal(
  inner: Executor,
  { user, password, argv }: { readonly user: string; readonly password: Secret; readonly argv: readonly string[] },
  options: NonNullable<Parameters<Executor['open']>[1]>,
): Promise<OpenCommand> {
  const answer = `${reveal(password)}\n`
  let received = ''
  let attempts = 0
  let resolveOpened: (command: OpenCommand) => void = () => undefined
  const opened = new Promise<OpenCommand>((resolve) => {
    resolveOpened = resolve
  })
  // If sudo asks a second time, the password was wrong.
  const reply = async (): Promise<void> => (attempts++ ? (await opened).close() : (await opened).write(answer).catch(() => undefined))
  const command = await inner.open(['sh', '-c', terminalScript, 'sh', user, ...argv], {
    ...options,
    onOutput: (stream, chunk) => {
      // Nothing is shown before the mark that the terminal is ready.
      if (!received.includes(readyMark)) {
        received += Buffer.from(chunk).toString('latin1')
        for (let at = received.indexOf(promptMark); at >= 0; at = received.indexOf(promptMark)) {
          received = received.slice(at + promptMark.length)
          void reply()
        }
      }
      return options.onOutput?.(stream, chunk)
    },
  })
  resolveOpened(command)
  if (command.ownTerminal) await command.write(answer)
  return command
}
