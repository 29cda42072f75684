import { type Fragment, sh, shellFunction } from '@dragonfab/core'
import type { LxcEnv } from '../env.ts'
import { exitStatus } from '../exit-statuses.ts'
import { beginLxc, fail, have, lockContainer } from './common-functions.ts'

/** The packages of a complete system, and those that deployments use. */
const basePackages = 'systemd-sysv dbus openssh-server iproute2 ifupdown isc-dhcp-client sudo procps rsync ca-certificates python3-minimal'

/** `os_release <key>`: prints what /etc/os-release says of the machine. */
const osRelease = shellFunction('lxc_os_release', sh`sed -n "s/^$1=//p" /etc/os-release 2>/dev/null | tr -d '"'`)

/**
 * Makes the template, with mmdebstrap if that is installed, otherwise by LXC's own download. mmdebstrap builds it in another folder, and it is moved when it
 * is complete.
 */
export function makeTemplate(env: LxcEnv): Fragment {
  const { lxcRelease, lxcPackages } = env
  return sh`
    ${beginLxc(env)}
    name=$template
    ${lockContainer}
    if ${have} "$template"; then
      echo "$template already exists, in $path"
      exit 0
    fi
    release=${lxcRelease ?? ''}
    if [ -z "$release" ] && [ "$(${osRelease} ID)" = debian ]; then release=$(${osRelease} VERSION_CODENAME); fi
    release=\${release:-stable}
    new=$path/.dragonfab-$template.new
    rm -rf --one-file-system -- "$new"
    if command -v mmdebstrap >/dev/null && [ "$(id -u)" = 0 ]; then
      ${bootstrapTemplate(env)}
    elif [ -e /usr/share/lxc/templates/lxc-download ] && command -v lxc-create >/dev/null; then
      ${downloadTemplate(lxcPackages)}
    else
      ${fail} ${exitStatus.noBuilder} 'neither mmdebstrap nor the template lxc-download is installed'
    fi
    rm -f -- "$path/.dragonfab-$template.lock"
    echo "$template is made: Debian $release, in $path"
  `
}

function bootstrapTemplate({ lxcMirror, lxcPackages, lxcBridge }: LxcEnv): Fragment {
  const all = [...basePackages.split(' '), ...lxcPackages].join(',')
  return sh`
    mirror=${lxcMirror ?? ''}
    [ -n "$mirror" ] || mirror=$(apt-get indextargets --format '$(REPO_URI)' "Codename: $release" 'Created-By: Packages' 2>/dev/null | head -n 1)
    mirror=\${mirror:-http://deb.debian.org/debian}
    echo "building Debian $release from $mirror"
    mkdir -p -- "$new"
    chmod 755 "$new"
    mmdebstrap --quiet --variant=minbase --include=${all} "$release" "$new/rootfs" "$mirror" 2>&1 </dev/null 9>&- || {
      rm -rf --one-file-system -- "$new"
      ${fail} ${exitStatus.notBuilt} "mmdebstrap $release $mirror"
    }
    printf 'auto lo\niface lo inet loopback\n\nauto eth0\niface eth0 inet dhcp\n' >"$new/rootfs/etc/network/interfaces"
    rm -f -- "$new"/rootfs/etc/ssh/ssh_host_*_key "$new"/rootfs/etc/ssh/ssh_host_*_key.pub
    bridge=${lxcBridge ?? ''}
    defaults=$(lxc-config lxc.default_config 2>/dev/null)
    {
      echo 'lxc.include = /usr/share/lxc/config/common.conf'
      echo "lxc.rootfs.path = dir:$path/$template/rootfs"
      echo "lxc.uts.name = $template"
      if command -v dpkg >/dev/null; then echo "lxc.arch = $(dpkg --print-architecture)"; fi
      output=$(sed -n '/^lxc\.\(net\.0\|apparmor\)\./p' "$defaults" 2>/dev/null) || :
      case $bridge:$output in
        :*lxc.net.0.type*) printf '%s\n' "$output" ;;
        *)
          printf '%s\n' "$output" | grep '^lxc\.apparmor' || :
          printf 'lxc.net.0.type = veth\nlxc.net.0.link = %s\nlxc.net.0.flags = up\n' "\${bridge:-lxcbr0}"
          ;;
      esac
      printf '%s\n' "$output" | grep '^lxc\.net\.0\.name' >/dev/null || echo 'lxc.net.0.name = eth0'
    } >"$new/config"
    mv -- "$new" "$path/$template"
  `
}

/** LXC writes paths into the container, so it must be made at its final path. If that fails, LXC removes it. */
function downloadTemplate(extra: readonly string[]): Fragment {
  const more = extra.length ? sh`echo ${`install these in it by hand: ${extra.join(' ')}`}` : sh`:`
  return sh`
    arch=$(dpkg --print-architecture 2>/dev/null) || case $(uname -m) in x86_64) arch=amd64 ;; aarch64) arch=arm64 ;; *) arch=$(uname -m) ;; esac
    echo "downloading Debian $release for $arch"
    lxc-create -P "$path" -n "$template" -t download -- -d debian -r "$release" -a "$arch" 2>&1 </dev/null 9>&- ||
      ${fail} ${exitStatus.notBuilt} "lxc-create -t download -- -d debian -r $release -a $arch"
    ${more}
  `
}
