#!/bin/sh
# machine.sh <root> <shared> <name>: a small Debian as this process's root, in the mount namespace that `unshare` has made. What is changed in
# it is kept in memory and goes with the last process. It has this machine's network and processes, and of its files the shared folder alone.
set -eu
root=$1 shared=$2 name=$3
mount --make-rprivate /
here=$shared/.$name
mkdir "$here"
mount -t tmpfs -o mode=755 tmpfs "$here"
mkdir "$here/upper" "$here/work" "$here/root"
mount -t overlay overlay -o "lowerdir=$root,upperdir=$here/upper,workdir=$here/work" "$here/root"
cd "$here/root"
for each in tmp run dev; do mount -t tmpfs -o mode=755 tmpfs "$each"; done
chmod 1777 tmp
for each in null zero full random urandom tty; do : >"dev/$each"; mount --bind "/dev/$each" "dev/$each"; done
mkdir dev/pts dev/shm run/lock run/sshd
chmod 1777 dev/shm run/lock
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount --rbind /proc proc
mkdir -p ".$shared"
mount --bind "$shared" ".$shared"
cat /etc/resolv.conf >etc/resolv.conf 2>/dev/null || :
hostname "$name"
printf '127.0.0.1 localhost %s\n' "$name" >etc/hosts
mkdir run/old-root
pivot_root . run/old-root
cd /
umount -l /run/old-root
rmdir /run/old-root
[ "$(cat /etc/dragonfab-test)" = debian ] || { echo 'machine.sh: the root is not the small one' >&2; exit 1; }
echo ready
# Its input ends with the tests.
read -r _ || :
