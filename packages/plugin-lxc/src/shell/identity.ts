/**
 * Gives a new container its own machine-id, leases and host keys before its init runs. Otherwise it would be taken for its template. As a hook of LXC it
 * runs the machine's programs in the container's mounts. It must not contain a single quote, because it is itself quoted by two.
 */
export const identityScript = [
  'cd "$LXC_ROOTFS_MOUNT" || exit 1',
  'rm -f etc/ssh/ssh_host_*_key etc/ssh/ssh_host_*_key.pub var/lib/dhcp/*.leases var/lib/systemd/random-seed',
  '[ ! -e etc/machine-id ] || tr -d - </proc/sys/kernel/random/uuid >etc/machine-id',
  '[ -h var/lib/dbus/machine-id ] || [ ! -f var/lib/dbus/machine-id ] || cat etc/machine-id >var/lib/dbus/machine-id',
  '[ -x usr/sbin/sshd ] && command -v ssh-keygen >/dev/null || exit 0',
  // RSA would take longer than all the rest together, and every client knows these.
  'for t in ed25519 ecdsa; do ssh-keygen -q -t $t -N "" -C "root@$1" -f etc/ssh/ssh_host_"$t"_key </dev/null >/dev/null || exit 1; done',
].join('; ')

/** The same for host keys, once the container is running, if its machine has no ssh-keygen. */
export const lateKeysScript = [
  '[ -x /usr/sbin/sshd ] && command -v ssh-keygen || exit 0',
  'set -- /etc/ssh/ssh_host_*_key',
  '[ ! -e "$1" ] || exit 0',
  'ssh-keygen -A',
  'systemctl restart ssh || service ssh restart || service sshd restart',
].join('; ')
