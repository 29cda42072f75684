import type { Executor } from '@dragonfab/core'

export interface AttachTarget {
  readonly name: string
  readonly path: string
  readonly user: string
}

/**
 * Runs commands in a container, by lxc-attach as root with a clean environment, and by `su` as another user. Each command gets its own session (a terminal
 * brings one). Otherwise all of them would have process group 0 in the container, because the group's leader is not in it.
 */
export function createAttachExecutor(machine: Executor, { name, path, user }: AttachTarget): Executor {
  return {
    label: `${machine.label} › lxc:${name}`,
    open(argv, { cwd, env = {}, ...options } = {}) {
      const setsid = options.tty ? [] : ['setsid']
      const assignments = Object.entries(env).map(([variable, value]) => `${variable}=${value}`)
      const words = assignments.length ? ['env', ...assignments, ...argv] : argv
      const attachWords = [
        'lxc-attach',
        '-P',
        path,
        '-n',
        name,
        '--clear-env',
        '--',
        ...setsid,
        'sh',
        '-c',
        enterScript,
        'sh',
        user,
        cwd ?? '',
        ...words,
      ]
      return machine.open(attachWords, options)
    },
    close: () => machine.close(),
  }
}

/** `su` sets the variables of a login. 126 is the status of shells for “found, but cannot be run”. */
const enterScript = [
  'u=$1 d=$2; shift 2',
  'l=$(sed -n "s/^$u:[^:]*:[^:]*:[^:]*:[^:]*:\\([^:]*\\):.*/\\1/p" /etc/passwd)',
  '[ -n "$l" ] || { echo "there is no user $u in the container" >&2; exit 126; }',
  'if [ -n "$d" ]; then cd -- "$d" || exit 126; else cd -- "$l" 2>/dev/null || cd /; fi',
  'if [ "$u" = root ]; then HOME=$l USER=root LOGNAME=root; export HOME USER LOGNAME; exec "$@"; fi',
  `exec su -s /bin/sh "$u" -c 'exec "$@"' -- sh "$@"`,
].join('\n')
