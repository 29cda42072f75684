import type { Executor } from '@dragonfab/core'

export interface AttachTarget {
  readonly name: string
  readonly path: string
  readonly user: string
}

/**
 * Commands in a container, by lxc-attach as root with a clean environment; as another user by `su`. Each has a session of its own: in the
 * container's process table its group would be 0, as that of all the others who came from outside. A terminal brings one with it.
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

/** `su` sets what a login sets, and 126 is what shells give for “found, but cannot be run”. */
const enterScript = [
  'u=$1 d=$2; shift 2',
  'l=$(sed -n "s/^$u:[^:]*:[^:]*:[^:]*:[^:]*:\\([^:]*\\):.*/\\1/p" /etc/passwd)',
  '[ -n "$l" ] || { echo "there is no user $u in the container" >&2; exit 126; }',
  'if [ -n "$d" ]; then cd -- "$d" || exit 126; else cd -- "$l" 2>/dev/null || cd /; fi',
  'if [ "$u" = root ]; then HOME=$l USER=root LOGNAME=root; export HOME USER LOGNAME; exec "$@"; fi',
  `exec su -s /bin/sh "$u" -c 'exec "$@"' -- sh "$@"`,
].join('\n')
