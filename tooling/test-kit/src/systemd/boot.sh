#!/bin/sh
# boot.sh <shared folder> <command>…: a machine of its own for an init, in the namespaces that `unshare` has made. Nothing of the real
# machine can be written to but the shared folder: the root is an overlay whose upper side is memory, /tmp, /run, /var/tmp and /dev are empty,
# and the network is cut off. (systemd-tmpfiles empties /tmp at boot: on a shared root it did.)
set -eu
shared=$1
shift
[ "$$" = 1 ] || { echo 'boot.sh: not in a namespace of its own' >&2; exit 1; }
mount --make-rprivate /
here=$shared/.machine
mkdir -p "$here"
mount -t tmpfs -o mode=755 tmpfs "$here"
mkdir "$here/upper" "$here/work" "$here/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$here/upper,workdir=$here/work" "$here/root"
cd "$here/root"
for each in tmp run var/tmp dev; do mount -t tmpfs -o mode=755 tmpfs "$each"; done
chmod 1777 tmp var/tmp
for each in null zero full random urandom tty; do : >"dev/$each"; mount --bind "/dev/$each" "dev/$each"; done
mkdir dev/pts dev/shm run/lock run/sshd
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t tmpfs -o mode=755 tmpfs sys/fs/cgroup
mount -t cgroup2 cgroup2 sys/fs/cgroup
mkdir -p ".$shared"
mount --bind "$shared" ".$shared"
mkdir run/old-root
pivot_root . run/old-root
cd /
umount -l /run/old-root
rmdir /run/old-root
ip link set lo up
[ "$(findmnt -n -o FSTYPE /)" = overlay ] && [ "$(findmnt -n -o FSTYPE /tmp)" = tmpfs ] || { echo 'boot.sh: the root is not a copy' >&2; exit 1; }
exec "$@"
