#!/bin/sh
# make-root.sh <folder>: a small Debian of this machine's release, from the mirror that apt uses here. Made once, and kept.
set -eu
[ ! -f "$1/etc/dragonfab-test" ] || exit 0
suite=$(. /etc/os-release; echo "$VERSION_CODENAME")
mirror=$(apt-get indextargets --format '$(REPO_URI)' "Codename: $suite" 'Created-By: Packages' | head -n 1)
rm -rf -- "$1" "$1.new"
mmdebstrap --quiet --variant=minbase --include=openssh-server,sudo "$suite" "$1.new" "${mirror:-http://deb.debian.org/debian}" >"$1.log" 2>&1 || { cat "$1.log"; exit 1; }
# No service of a package is started there: it would run on this machine.
printf '#!/bin/sh\nexit 101\n' >"$1.new/usr/sbin/policy-rc.d"
chmod 755 "$1.new/usr/sbin/policy-rc.d"
# Tests install packages by the dozen, into memory.
printf 'force-unsafe-io\n' >"$1.new/etc/dpkg/dpkg.cfg.d/dragonfab-test"
echo debian >"$1.new/etc/dragonfab-test"
mv -- "$1.new" "$1"
