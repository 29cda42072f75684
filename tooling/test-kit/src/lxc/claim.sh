#!/bin/sh
# claim.sh <folder> <owner's pid>: takes a number that no other test has, prints it, and makes the bridge dfab<number> with 10.203.<number>.1/24.
# A bridge of its own, never the machine's interfaces: a container that shares these takes the address off them. Nothing is forwarded.
# It first removes what tests left whose process is gone: containers, bridge, files. Called under a lock.
set -eu
here=$1 owner=$2
started() { [ -r "/proc/$1/stat" ] && sed 's/.*) //' "/proc/$1/stat" | cut -d ' ' -f 20; }
mkdir -p "$here"
chmod 711 "$here"
for each in "$here"/[0-9]*; do
  [ -d "$each" ] || continue
  read -r pid since <"$each/owner" || { pid=0 since=0; }
  [ "$(started "$pid" || :)" != "$since" ] || continue
  for container in $(lxc-ls -1 --active -P "$each/containers"); do lxc-stop -k -P "$each/containers" -n "$container" || :; done
  ip link delete "dfab${each##*/}" 2>/dev/null || :
  rm -rf --one-file-system "$each"
done
number=1
while [ -e "$here/$number" ] || ip link show "dfab$number" >/dev/null 2>&1 || [ -n "$(ip -4 route show "10.203.$number.0/24")" ]; do
  number=$((number + 1))
  [ "$number" -lt 255 ] || { echo 'claim.sh: no number is free' >&2; exit 1; }
done
mkdir -p "$here/$number/containers"
echo "$owner $(started "$owner")" >"$here/$number/owner"
ip link add "dfab$number" type bridge
ip addr add "10.203.$number.1/24" dev "dfab$number"
ip link set "dfab$number" up
echo "$number"
