import { type Fragment, sh } from '@dragonfab/core'
import type { ContainerEnv } from '../env.ts'
import { exitStatus } from '../exit-statuses.ts'
import { lateKeysScript } from './identity.ts'

/** `settle`: the user of a new container, and who may log in as that user. What is there is left as it is. */
export function settleFunction({ user, lxcAddUser }: ContainerEnv, keys: readonly string[]): Fragment {
  const late = sh`lxc-attach -P "$path" -n "$name" --clear-env -- sh -c ${lateKeysScript} 9>&- </dev/null >/dev/null 2>&1 || :`
  if (user === 'root' && !keys.length) return sh`settle() { ${hasKeygen} || ${late}; }`
  return sh`
    settle() {
      ${hasKeygen} || ${late}
      lxc-attach -P "$path" -n "$name" --clear-env -- sh -c ${userScript} sh ${user} ${lxcAddUser ? 'add' : ''} ${keys.join('\n')} 9>&- </dev/null >/dev/null ||
        fail ${exitStatus.noUser} ${user}
    }
  `
}

const hasKeygen = sh`command -v ssh-keygen >/dev/null`

const userScript = [
  'set -e; u=$1',
  'if ! grep "^$u:" /etc/passwd >/dev/null; then',
  '  [ -n "$2" ]',
  '  if command -v useradd; then s=/bin/bash; [ -x "$s" ] || s=/bin/sh; useradd -m -s "$s" "$u"; usermod -p "*" "$u"; else adduser -D "$u"; fi',
  '  [ ! -d /etc/sudoers.d ] || (umask 227; echo "$u ALL=(ALL) NOPASSWD: ALL" >"/etc/sudoers.d/90-$u")',
  'fi',
  '[ -n "$3" ] || exit 0',
  'h=$(sed -n "s/^$u:[^:]*:[^:]*:[^:]*:[^:]*:\\([^:]*\\):.*/\\1/p" /etc/passwd)',
  'umask 077; mkdir -p "$h/.ssh"; printf "%s\\n" "$3" >>"$h/.ssh/authorized_keys"; chown -R "$u:" "$h/.ssh"',
].join('\n')
