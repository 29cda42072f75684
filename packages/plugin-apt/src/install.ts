import { type CoreEnv, type FieldValues, type Step, type StepFailure, sh, step } from '@dragonfab/core'
import type { options } from './options.ts'

export interface AptEnv extends CoreEnv {
  readonly apt: FieldValues<typeof options>
}

const exitStatus = { noApt: 64, denied: 65, unknown: 66, locked: 67, failed: 68, notInstalled: 69 } as const

const failures: Readonly<Record<number, StepFailure>> = {
  [exitStatus.noApt]: {
    code: 'APT_MISSING',
    message: 'there is no apt-get: this is no Debian',
    remedy: 'install the packages by other means there',
  },
  [exitStatus.denied]: {
    code: 'APT_DENIED',
    message: 'the user may not install packages: $OUTPUT',
    remedy: 'allow `sudo -n env`, or set apt.sudoUser to root and give the password: --ask-sudo-password',
  },
  [exitStatus.unknown]: {
    code: 'APT_UNKNOWN',
    message: '$OUTPUT',
    remedy: 'correct the name or the version; does /etc/apt/sources.list.d have what it comes from?',
  },
  [exitStatus.locked]: {
    code: 'APT_LOCKED',
    message: 'another apt or dpkg works there: $OUTPUT',
    remedy: 'wait until it has ended; apt.lockWait',
  },
  [exitStatus.failed]: {
    code: 'APT_FAILED',
    message: 'apt-get failed: $OUTPUT',
    remedy: 'see what it said; `dpkg --audit` there tells what is half done',
  },
  [exitStatus.notInstalled]: {
    code: 'APT_FAILED',
    message: 'apt-get is content, and these are not installed: $OUTPUT',
    remedy: 'look at the host',
  },
}

/** Sets `missing` to those of the packages that are not installed in the wanted version. */
const missingFunction = sh`
  missing_of() {
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
  }
`

/**
 * Installs what is missing, without a question. What is there already, and the lists of packages where they know all of it, stay as they are.
 * It goes on to its end when the client goes: a half configured package is worse. (`survives`: not where there is no lock.)
 */
export function installPackages(env: AptEnv, packages: readonly string[] = env.apt.packages, { detached = true } = {}): Step {
  const { recommends, lockWait, sudoUser } = env.apt
  const text = sh`
    command -v apt-get >/dev/null 2>&1 && command -v dpkg-query >/dev/null 2>&1 || exit ${exitStatus.noApt}
    LC_ALL=C
    export LC_ALL
    ${missingFunction}
    missing_of ${packages}
    [ -n "$missing" ] || { echo 'all are installed'; exit 0; }
    sudo=
    [ "$(id -u)" = 0 ] || sudo='sudo -n'
    waited=0
    apt() {
      while :; do
        rc=0
        said=$($sudo env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 LC_ALL=C apt-get -q -y --no-remove -o DPkg::Lock::Timeout=${lockWait} "$@" 2>&1 </dev/null) || rc=$?
        [ "$rc" != 0 ] || return 0
        case $said in
          *'ould not get lock'* | *'nable to lock'* | *'nable to acquire the dpkg'*)
            [ "$waited" -lt ${lockWait} ] || { printf '%s\n' "$said" | grep -i lock | tail -n 1; exit ${exitStatus.locked}; }
            [ "$waited" != 0 ] || echo 'waiting for another apt'
            sleep 2
            waited=$((waited + 2)) ;;
          *) return 0 ;;
        esac
      done
    }
    judge() {
      [ "$rc" != 0 ] || return 0
      case $said in
        *'sudo: '* | *'ermission denied'* | *'are you root'*) printf '%s\n' "$said" | tail -n 1; exit ${exitStatus.denied} ;;
        *'nable to locate package'* | *'has no installation candidate'* | *'was not found'* | *"ouldn't find any package"*) printf '%s\n' "$said" | grep '^E: ' | head -n 1 | cut -c 4-; exit ${exitStatus.unknown} ;;
      esac
      printf '%s\n' "$said" | tail -n 40
      exit ${exitStatus.failed}
    }
    apt -s install ${recommends ? sh`` : sh`--no-install-recommends`} -- $missing
    if [ "$rc" != 0 ]; then
      apt update
      judge
      apt -s install ${recommends ? sh`` : sh`--no-install-recommends`} -- $missing
      judge
    fi
    echo "installing $missing"
    apt -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold ${recommends ? sh`` : sh`--no-install-recommends`} install -- $missing
    judge
    wanted=$missing
    missing_of $wanted
    [ -z "$missing" ] || { echo "$missing"; exit ${exitStatus.notInstalled}; }
    for each in $wanted; do dpkg-query -W -f '\${Package} \${Version}\n' "\${each%%=*}"; done
  `
  const as = sudoUser === undefined ? {} : { as: sudoUser }
  return step(text, { title: `install ${packages.join(' ')}`, detached, failures, ...as })
}

/** What `check` and `init` ask: whether all of it is there. */
export function checkInstalled(env: AptEnv): Step {
  const text = sh`
    command -v dpkg-query >/dev/null 2>&1 || exit ${exitStatus.noApt}
    ${missingFunction}
    missing_of ${env.apt.packages}
    [ -z "$missing" ] || { echo "$missing"; exit 66; }
  `
  const lacking = {
    code: 'APT_LACKING',
    message: 'Debian packages are not installed: $OUTPUT',
    remedy: 'dragonfab <environment> apt.install',
  }
  return step(text, { title: `are ${env.apt.packages.join(', ')} installed`, failures: { ...failures, 66: lacking } })
}
