import { mustRun, runCommand } from './command.ts'
import { ensureServers } from './ensure-servers.ts'

/**
 * - `plain`: a user who deploys and has no sudo.
 * - `other`: a second one without rights over the first, as a web server's user.
 * - `sudo-nopass`: may run anything as anyone without a password.
 * - `sudo-password`: may run anything as anyone with {@link TestUser.password}.
 */
export type UserKind = 'plain' | 'other' | 'sudo-nopass' | 'sudo-password'
/** `busybox` is its ash; `fish`, `tcsh` and `nologin` must be installed (`ensureServers({ fish: 'fish' })`). */
export type LoginShell = 'bash' | 'dash' | 'busybox' | 'fish' | 'tcsh' | 'nologin'

export interface TestUser {
  readonly kind: UserKind
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly home: string
  /** Only of `sudo-password`. */
  readonly password: string | undefined
}

export interface UserOptions {
  /** The login shell; `bash` by default. */
  readonly shell?: LoginShell | undefined
  /** Makes the user another one, for a test that kills all its processes or fills its home. */
  readonly suffix?: string | undefined
}

const names: Record<UserKind, string> = { plain: 'deploy', other: 'other', 'sudo-nopass': 'admin', 'sudo-password': 'asked' }
const shells: Record<LoginShell, string> = {
  bash: '/bin/bash',
  dash: '/bin/dash',
  busybox: '/usr/local/lib/dragonfab-test/ash',
  fish: '/usr/bin/fish',
  tcsh: '/usr/bin/tcsh',
  nologin: '/usr/sbin/nologin',
}
/** Ends in a space and holds quotes, for that is where a password gets lost. */
const password = `pa'ss "w\\rd$ `

// One script under one lock: two test files may ask for the same user at the same moment.
const script = `set -eu
name=$1 shell=$2 sudo=$3
if [ "$shell" = ${shells.busybox} ]; then
  mkdir -p ${shells.busybox.replace(/\/ash$/, '')}
  ln -sfn "$(command -v busybox)" "$shell"
fi
[ -x "$shell" ] || { echo "$shell is not installed" >&2; exit 1; }
id -u "$name" >/dev/null 2>&1 || useradd --create-home --shell "$shell" "$name"
# A locked password (what useradd leaves) also refuses keys.
case $sudo in
  password)
    IFS= read -r password
    printf '%s:%s\\n' "$name" "$password" | chpasswd
    rule="$name ALL=(ALL) ALL" ;;
  nopass) usermod -p '*' "$name"; rule="$name ALL=(ALL) NOPASSWD: ALL" ;;
  *) usermod -p '*' "$name"; rule= ;;
esac
if [ -n "$rule" ]; then
  umask 227
  printf '%s\\n' "$rule" >"/etc/sudoers.d/.$name.new"
  mv -f "/etc/sudoers.d/.$name.new" "/etc/sudoers.d/$name"
fi
getent passwd "$name"
`

const made = new Map<string, Promise<TestUser>>()

/** A real system user of this machine, made when missing. Needs root. */
export function createTestUser(kind: UserKind, options: UserOptions = {}): Promise<TestUser> {
  const shell = options.shell ?? 'bash'
  const name = ['dfab', names[kind], options.shell, options.suffix].filter(Boolean).join('-')
  const known = made.get(name)
  if (known) return known
  const user = make(kind, name, shell)
  made.set(name, user)
  return user
}

async function make(kind: UserKind, name: string, shell: LoginShell): Promise<TestUser> {
  if (process.getuid?.() !== 0) throw new Error('users for tests can only be made by root')
  await ensureServers()
  const sudo = kind === 'sudo-nopass' ? 'nopass' : kind === 'sudo-password' ? 'password' : 'no'
  const line = await mustRun(['flock', '/run/lock/dragonfab-test-users', 'sh', '-c', script, 'sh', name, shells[shell], sudo], {
    stdin: `${password}\n`,
  })
  const [, , uid, gid, , home] = line.trim().split(':')
  if (!home) throw new Error(`no user ${name}: ${line}`)
  return { kind, name, uid: Number(uid), gid: Number(gid), home, password: sudo === 'password' ? password : undefined }
}

/** Takes back that sudo remembers a password, so that the next use asks again. */
export async function forgetSudo(user: TestUser): Promise<void> {
  await runCommand(['sudo', '-k'], { as: user })
}
