#!/bin/sh
# template.sh <folder> <packages>: a Debian of this machine's release in <folder>, once; kept for the tests to come. Called under a lock.
set -eu
to=$1 packages=$2
[ ! -d "$to" ] || exit 0
mkdir -p "${to%/*}"
sh "$(dirname "$0")/../debian/bootstrap.sh" "$to.new" "$packages"
printf 'auto eth0\niface eth0 inet dhcp\n' >"$to.new/etc/network/interfaces"
# There is no way out of the tests' bridges but the proxy that they offer at their own address.
cat >"$to.new/usr/local/bin/apt-proxy" <<'END'
#!/bin/sh
ip -4 route show default | sed -n '1s|.* via \([0-9.]*\) .*|http://\1:3142|p'
END
chmod 755 "$to.new/usr/local/bin/apt-proxy"
echo 'Acquire::http::Proxy-Auto-Detect "/usr/local/bin/apt-proxy";' >"$to.new/etc/apt/apt.conf.d/80proxy"
mv "$to.new" "$to"
