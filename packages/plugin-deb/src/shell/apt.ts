import { type Fragment, sh } from '@dragonfab/core'
import type { DebEnv } from '../env.ts'
import { exitStatus } from '../exit-statuses.ts'

/**
 * What steps that install begin with. No question is ever asked: no terminal, no frontend, and the tools that apt calls are told so too.
 * `state`: sets `$status` (`ii`, `iF`, `un`) and `$have`, the version, of the package.
 * `patiently <command>…`: runs it, again and again while another program has apt or dpkg locked; what it says stays in `$out`.
 * Variables of the session are not used, so that steps which survive may begin with it as well.
 */
export function aptFunctions({ deb }: DebEnv): Fragment {
  return sh`
    LC_ALL=C.UTF-8 PATH=$PATH:/usr/sbin:/sbin
    DEBIAN_FRONTEND=noninteractive APT_LISTCHANGES_FRONTEND=none NEEDRESTART_MODE=l DEBCONF_NOWARNINGS=yes
    export LC_ALL PATH DEBIAN_FRONTEND APT_LISTCHANGES_FRONTEND NEEDRESTART_MODE DEBCONF_NOWARNINGS
    ${deb.conffiles === 'keep' ? sh`export UCF_FORCE_CONFFOLD=1` : sh`export UCF_FORCE_CONFFNEW=1`}
    umask 022
    package=${deb.packageName} folder=${deb.folder}
    out=$folder/output
    ${stateFunctions}
    limit=${deb.wait} locks='Could not get lock|Unable to lock|Unable to acquire|locked by another process'
    patiently() {
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
    }
    ${aptCalls(deb)}
  `
}

/** `state`, for steps that only look as well. */
export const stateFunctions = sh`
  state() {
    status=un have=
    line=$(dpkg-query -W -f='\${db:Status-Abbrev}|\${Version}\n' -- "$package" 2>/dev/null | head -n 1) || :
    [ -n "$line" ] || return 0
    status=\${line%%|*} have=\${line#*|}
    status=\${status%% *}
  }
  told() {
    case $status in
      ?i) echo installed ;;
      ?n) echo 'not installed' ;;
      ?c) echo 'removed, its configuration is left' ;;
      ?U) echo 'unpacked, not configured' ;;
      ?F) echo 'half configured: a script of the package failed' ;;
      ?H*) echo 'half installed' ;;
      ?[Wt]) echo 'waiting for triggers' ;;
      *) echo "state $status" ;;
    esac
  }
`

/**
 * `get <argument>…`: apt-get with all that is decided for every call. `put <file> <version>`: installs a package, with `$more`; a version that is half installed is
 * left to dpkg, since apt does not install it again (“Internal Error, No file name for …”).
 */
function aptCalls(deb: DebEnv['deb']): Fragment {
  const conf = `--force-${deb.conffiles === 'keep' ? 'confold' : 'confnew'}`
  const options = [
    '-q',
    '-y',
    ...['Dpkg::Use-Pty=0', 'DPkg::Lock::Timeout=0', `Dpkg::Options::=${conf}`].flatMap((each) => ['-o', each]),
    deb.recommends ? '--install-recommends' : '--no-install-recommends',
    ...(deb.mayRemove ? [] : ['--no-remove']),
  ]
  return sh`
    get() { apt-get ${options} "$@" </dev/null; }
    dpkg_install() { dpkg ${conf} --force-downgrade "$@" </dev/null; }
    put() {
      state
      case $status in
        ?i | ?n | ?c) ;;
        *) if [ "$have" = "$2" ]; then dpkg_install --install "$1" && get --fix-broken install; return; fi ;;
      esac
      get $more install "$1"
    }
  `
}
