#!/bin/sh
# template.sh <folder> <packages>: a Debian of this machine's release in <folder>, once; kept for the tests to come. Called under a lock.
set -eu
to=$1 packages=$2
[ ! -d "$to" ] || exit 0
mkdir -p "${to%/*}"
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
mirror=$(apt-get indextargets --format '$(REPO_URI)' "Codename: $suite" 'Created-By: Packages' | head -1)
# What a run left that was killed.
rm -rf --one-file-system "$to.new"
mmdebstrap --quiet --variant=minbase --include="$packages" "$suite" "$to.new" "$mirror"
printf 'auto eth0\niface eth0 inet dhcp\n' >"$to.new/etc/network/interfaces"
# There is no way out of the tests' bridges but the proxy that they offer at their own address.
cat >"$to.new/usr/local/bin/apt-proxy" <<'END'
#!/bin/sh
ip -4 route show default | sed -n '1s|.* via \([0-9.]*\) .*|http://\1:3142|p'
END
chmod 755 "$to.new/usr/local/bin/apt-proxy"
echo 'Acquire::http::Proxy-Auto-Detect "/usr/local/bin/apt-proxy";' >"$to.new/etc/apt/apt.conf.d/80proxy"
mv "$to.new" "$to"
