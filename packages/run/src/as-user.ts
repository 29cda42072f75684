import { type Executor, reveal, type Secret } from '@dragonfab/core'

/**
 * Commands of `inner` as another user, through sudo. Without a password sudo must not ask (`-n`).
 * With one: whether sudo asks at all is found out first, since a password line that nobody reads would become the command's input;
 * it is then tried once on its own, so that a wrong one counts as one attempt (`-S` reads on for two more). `-k` makes sudo ask for
 * certain, whatever it remembers. The password travels on stdin and through the builtin `printf`: it is never in an argument list.
 */
export function asUser(inner: Executor, user: string, password?: Secret): Executor {
  const label = `${inner.label} › sudo:${user}`
  const sudo = ['sudo', '-n', '-H', '-u', user, '--']
  return {
    label,
    close: () => inner.close(),
    ...(inner.forward && { forward: inner.forward.bind(inner) }),
    async open(argv, options) {
      if (!password) return inner.open([...sudo, ...argv], options)
      const command = await inner.open(['sh', '-c', withPassword, 'sh', user, ...argv], options)
      await command.write(`${reveal(password)}\n`)
      return command
    },
  }
}

const withPassword = [
  'u=$1; shift; IFS= read -r p',
  'if sudo -n -u "$u" true 2>/dev/null; then sudo -n -H -u "$u" -- "$@"',
  `elif printf "%s\\n" "$p" | sudo -k -S -p "" -u "$u" -- true 2>/dev/null; then { printf "%s\\n" "$p"; p=; exec cat; } | sudo -k -S -p "" -H -u "$u" -- "$@"`,
  'else echo "sudo: this password is not accepted for $u" >&2; exit 77',
  'fi',
].join('; ')
