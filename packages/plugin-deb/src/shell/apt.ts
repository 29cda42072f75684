import { type Fragment, sh, shellFunction } from '@dragonfab/core'
import type { DebEnv } from '../env.ts'
import { exitStatus } from '../exit-statuses.ts'

/** Reads the state of `$package` from dpkg: sets `$status` (`ii`, `iF`, `un`) and `$have`, the version. */
export const readState = shellFunction(
  'deb_read_state',
  sh`
    status=un have=
    line=$(dpkg-query -W -f='\${db:Status-Abbrev}|\${Version}\n' -- "$package" 2>/dev/null | head -n 1) || :
    [ -n "$line" ] || return 0
    status=\${line%%|*} have=\${line#*|}
    status=\${status%% *}
  `,
)

/** Prints `$status` in words. */
export const describeState = shellFunction(
  'deb_describe_state',
  sh`
    case $status in
      ?i) echo installed ;;
      ?n) echo 'not installed' ;;
      ?c) echo 'removed, but its configuration is kept' ;;
      ?U) echo 'unpacked, but not configured' ;;
      ?F) echo 'half configured: a script of the package failed' ;;
      ?H*) echo 'half installed' ;;
      ?[Wt]) echo 'waiting for triggers' ;;
      *) echo "state $status" ;;
    esac
  `,
)

/** `wait_run <command>…`: runs it, again for up to `$limit` seconds while another program has apt or dpkg locked. Its output stays in `$out`. */
export const waitRun = shellFunction(
  'deb_wait_run',
  sh`
    waited=0
    while :; do
      { rc=0; "$@" 2>&1 || rc=$?; echo "$rc" >"$out.status"; } | tee "$out" | grep --line-buffered -v -E -e "$locks" || :
      read -r rc <"$out.status"
      [ "$rc" != 0 ] || return 0
      holder=$(grep -m 1 -E -e "$locks" "$out") || return "$rc"
      [ "$waited" -lt "$limit" ] || { echo "after $waited s, $holder"; exit ${exitStatus.locked}; }
      [ $((waited % 30)) != 0 ] || echo "waiting for apt, $limit s at most: $holder"
      sleep 1
      waited=$((waited + 1))
    done
  `,
)

/** `get <argument>…`: apt-get with the options of every call. */
export const get = shellFunction(
  'deb_get',
  sh`apt-get -q -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=0 -o "Dpkg::Options::=$conf" $aptOptions "$@" </dev/null`,
)

/** `dpkg_install <argument>…`: dpkg with the options of every installation. */
export const dpkgInstall = shellFunction('deb_dpkg_install', sh`dpkg "$conf" --force-downgrade "$@" </dev/null`)

/**
 * `put <file> <version>`: installs a package, with `$more`. If the same version is incomplete, dpkg completes it, because apt does not install it again
 * (“Internal Error, No file name for …”).
 */
export const put = shellFunction(
  'deb_put',
  sh`
    ${readState}
    case $status in
      ?i | ?n | ?c) ;;
      *) if [ "$have" = "$2" ]; then ${dpkgInstall} --install "$1" && ${get} --fix-broken install; return; fi ;;
    esac
    ${get} $more install "$1"
  `,
)

/**
 * Steps that install begin with this. It prevents all questions: there is no terminal and no frontend, and variables tell the same to apt's tools.
 * It sets the variables that the functions read, and none of the session's, so that detached steps can begin with it as well.
 */
export function beginApt({ deb }: DebEnv): Fragment {
  const aptOptions = [deb.recommends ? '--install-recommends' : '--no-install-recommends', ...(deb.mayRemove ? [] : ['--no-remove'])]
  return sh`
    LC_ALL=C.UTF-8 PATH=$PATH:/usr/sbin:/sbin
    DEBIAN_FRONTEND=noninteractive APT_LISTCHANGES_FRONTEND=none NEEDRESTART_MODE=l DEBCONF_NOWARNINGS=yes
    export LC_ALL PATH DEBIAN_FRONTEND APT_LISTCHANGES_FRONTEND NEEDRESTART_MODE DEBCONF_NOWARNINGS
    ${deb.conffiles === 'keep' ? sh`export UCF_FORCE_CONFFOLD=1` : sh`export UCF_FORCE_CONFFNEW=1`}
    conf=${deb.conffiles === 'keep' ? '--force-confold' : '--force-confnew'} aptOptions=${aptOptions.join(' ')}
    umask 022
    package=${deb.packageName} folder=${deb.folder}
    out=$folder/output
    limit=${deb.wait} locks='Could not get lock|Unable to lock|Unable to acquire|locked by another process'
  `
}
