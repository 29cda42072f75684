import { sh, shellFunction } from '@dragonfab/core'
import { exitStatus } from '../exit-statuses.ts'
import { fail } from './common-functions.ts'
import { lateKeysScript } from './identity.ts'

/** Arguments: the user, whether to add the user (`add` or nothing), public keys. */
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

/** Gives a new container its host keys and the user `$login`, who may log in with `$keys`. Leaves an existing user and existing host keys unchanged. Needs `$addUser`. */
export const setUpUser = shellFunction(
  'lxc_set_up_user',
  sh`
    command -v ssh-keygen >/dev/null || lxc-attach -P "$path" -n "$name" --clear-env -- sh -c ${lateKeysScript} 9>&- </dev/null >/dev/null 2>&1 || :
    [ "$login" != root ] || [ -n "$keys" ] || return 0
    lxc-attach -P "$path" -n "$name" --clear-env -- sh -c ${userScript} sh "$login" "$addUser" "$keys" 9>&- </dev/null >/dev/null ||
      ${fail} ${exitStatus.noUser} "$login"
  `,
)
