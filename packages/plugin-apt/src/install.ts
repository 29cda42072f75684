import { type CoreEnv, type FieldValues, type Step, sh, shellFunction, step } from '@dragonfab/core'
import { exitStatus, failures } from './exit-statuses.ts'
import type { options } from './options.ts'

export interface AptEnv extends CoreEnv {
  readonly apt: FieldValues<typeof options>
}

/** `find_missing <package>…`: sets `$missing` to the packages that are not installed in the required version. */
const findMissing = shellFunction(
  'apt_find_missing',
  sh`
    missing=
    for each in "$@"; do
      name=\${each%%=*} version=
      case $each in *=*) version=\${each#*=} ;; esac
      is=$(dpkg-query -W -f '\${db:Status-Status} \${Version}' "$name" 2>/dev/null | head -n 1) || :
      case $is in
        "installed \${version:-*}") ;;
        'installed '*) [ -z "$version" ] || missing="$missing $each" ;;
        *) missing="$missing $each" ;;
      esac
    done
    missing=\${missing# }
  `,
)

/** `get <argument>…`: runs apt-get without a question, and waits up to `$limit` seconds for another one. Sets `$answer` and `$rc`. */
const aptGet = shellFunction(
  'apt_get',
  sh`
    while :; do
      rc=0
      answer=$($sudo env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 LC_ALL=C apt-get -q -y --no-remove -o DPkg::Lock::Timeout="$limit" "$@" 2>&1 </dev/null) || rc=$?
      [ "$rc" != 0 ] || return 0
      case $answer in
        *'ould not get lock'* | *'nable to lock'* | *'nable to acquire the dpkg'*)
          [ "$waited" -lt "$limit" ] || { printf '%s\n' "$answer" | grep -i lock | tail -n 1; exit ${exitStatus.locked}; }
          [ "$waited" != 0 ] || echo 'waiting for another apt to end'
          sleep 2
          waited=$((waited + 2)) ;;
        *) return 0 ;;
      esac
    done
  `,
)

/** Ends the step with the exit status for `$answer`, unless `$rc` is 0. */
const explain = shellFunction(
  'apt_explain',
  sh`
    [ "$rc" != 0 ] || return 0
    case $answer in
      *'sudo: '* | *'ermission denied'* | *'are you root'*) printf '%s\n' "$answer" | tail -n 1; exit ${exitStatus.denied} ;;
      *'nable to locate package'* | *'has no installation candidate'* | *'was not found'* | *"ouldn't find any package"*) printf '%s\n' "$answer" | grep '^E: ' | head -n 1 | cut -c 4-; exit ${exitStatus.unknown} ;;
    esac
    printf '%s\n' "$answer" | tail -n 40
    exit ${exitStatus.failed}
  `,
)

/**
 * Installs missing packages without a question. Installed packages are unchanged. The lists of packages are updated only if they lack one of the missing
 * packages. By default the step continues when the client goes away, because a half-configured package would be worse. That needs a run with a lock.
 */
export function installPackages(env: AptEnv, packages: readonly string[] = env.apt.packages, { detached = true } = {}): Step {
  const { recommends, lockWait, sudoUser } = env.apt
  const recommendsOption = recommends ? [] : ['--no-install-recommends']
  const text = sh`
    command -v apt-get >/dev/null 2>&1 && command -v dpkg-query >/dev/null 2>&1 || exit ${exitStatus.noApt}
    LC_ALL=C
    export LC_ALL
    ${findMissing} ${packages}
    [ -n "$missing" ] || { echo 'all are already installed'; exit 0; }
    sudo= limit=${lockWait} waited=0
    [ "$(id -u)" = 0 ] || sudo='sudo -n'
    ${aptGet} -s install ${recommendsOption} -- $missing
    if [ "$rc" != 0 ]; then
      ${aptGet} update
      ${explain}
      ${aptGet} -s install ${recommendsOption} -- $missing
      ${explain}
    fi
    echo "installing $missing"
    ${aptGet} -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold ${recommendsOption} install -- $missing
    ${explain}
    wanted=$missing
    ${findMissing} $wanted
    [ -z "$missing" ] || { echo "$missing"; exit ${exitStatus.notInstalled}; }
    for each in $wanted; do dpkg-query -W -f '\${Package} \${Version}\n' "\${each%%=*}"; done
  `
  const as = sudoUser === undefined ? {} : { as: sudoUser }
  return step(text, { title: `install ${packages.join(' ')}`, detached, failures, ...as })
}

/** Checks that all of `apt.packages` are installed. */
export function checkInstalled(env: AptEnv): Step {
  const text = sh`
    command -v dpkg-query >/dev/null 2>&1 || exit ${exitStatus.noApt}
    ${findMissing} ${env.apt.packages}
    [ -z "$missing" ] || { echo "$missing"; exit ${exitStatus.lacking}; }
  `
  return step(text, { title: `are ${env.apt.packages.join(', ')} installed`, failures })
}
