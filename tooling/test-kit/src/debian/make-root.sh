#!/bin/sh
# make-root.sh <folder>: a small Debian of this machine's release. Made once, and kept. Called under a lock.
set -eu
[ ! -f "$1/etc/dragonfab-test" ] || exit 0
rm -rf -- "$1"
sh "$(dirname "$0")/bootstrap.sh" "$1.new" openssh-server,sudo >"$1.log" 2>&1 || { cat "$1.log"; exit 1; }
# No service of a package is started there: it would run on this machine.
printf '#!/bin/sh\nexit 101\n' >"$1.new/usr/sbin/policy-rc.d"
chmod 755 "$1.new/usr/sbin/policy-rc.d"
# Tests install packages by the dozen, into memory.
printf 'force-unsafe-io\n' >"$1.new/etc/dpkg/dpkg.cfg.d/dragonfab-test"
echo debian >"$1.new/etc/dragonfab-test"
mv -- "$1.new" "$1"
