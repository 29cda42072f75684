#!/bin/sh
# bootstrap.sh <folder> <packages>: a minimal Debian of this machine's release with these packages, from the mirror that apt uses here. Whatever
# an earlier call has left in <folder> is removed. Called under a lock.
set -eu
to=$1 packages=$2
# In a mount namespace of its own: what mmdebstrap mounts goes with its last process, however that ends.
[ "${BOOTSTRAP_NAMESPACE:-}" = own ] || {
  # What is mounted here is of a call that was cut off before there was such a namespace, and would keep the folder from being removed.
  awk -v under="$to/" 'index($2, under) == 1 { print $2 }' /proc/self/mounts | sort -r | while read -r mounted; do umount -l "$mounted"; done
  BOOTSTRAP_NAMESPACE=own exec unshare --mount --propagation private sh "$0" "$@"
}
rm -rf --one-file-system "$to"
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
mirror=$(apt-get indextargets --format '$(REPO_URI)' "Codename: $suite" 'Created-By: Packages' | head -n 1)
mmdebstrap --quiet --variant=minbase --include="$packages" "$suite" "$to" "${mirror:-http://deb.debian.org/debian}"
