import { type Step, sh, shellFunction, step } from '@dragonfab/core'
import { type DebEnv, rootStepOptions } from '../env.ts'
import { exitStatus, failures } from '../exit-statuses.ts'
import { beginApt, get, waitRun } from '../shell/apt.ts'

/** Takes the locks and changes nothing. Other errors are left to the steps that follow, so it prints only lines about locks. */
const checkLocks = shellFunction(
  'deb_check_locks',
  sh`${get} check >"$out.check" 2>&1 || { rc=$?; grep -E -e "$locks" "$out.check" || :; return "$rc"; }`,
)

/** Waits until no other program has apt or dpkg locked, and reports which one it waits for. */
export function waitForApt(env: DebEnv): Step {
  const text = sh`
    for each in apt-get dpkg dpkg-query dpkg-deb; do
      command -v "$each" >/dev/null || { echo "$each is not installed"; exit ${exitStatus.noApt}; }
    done
    mkdir -p -- ${env.deb.folder}
    ${beginApt(env)}
    ${waitRun} ${checkLocks} || :
    rm -f -- "$out.check"
  `
  return step(text, { title: 'wait until apt is free', showOutput: true, failures, ...rootStepOptions(env) })
}

const configure = shellFunction('deb_configure', sh`dpkg --configure -a "$conf" </dev/null`)

/**
 * Reports an installation that continued without a connection or was cut off, and completes packages that dpkg left incomplete. If that fails, the
 * version that is installed next replaces them.
 */
export function repairDpkg(env: DebEnv): Step {
  const text = sh`
    ${beginApt(env)}
    if [ -f "$folder/last" ]; then
      read -r version run since <"$folder/last"
      if [ -f "$folder/last.status" ]; then
        read -r rc <"$folder/last.status"
        echo "the installation of $version, begun $since by run $run, continued without a connection and exited with status $rc"
      else
        echo "the installation of $version, begun $since by run $run, was cut off"
      fi
    fi
    half=$(dpkg-query -W -f='\${db:Status-Abbrev}|\${Package}\n' | sed -n -e 's/^.[UFHWt].*|//p' -e 's/^..R.*|//p')
    if [ -n "$half" ] || [ -n "$(ls -A /var/lib/dpkg/updates)" ]; then
      echo "dpkg had left these incomplete:" $half
      if ${waitRun} ${configure}; then echo 'completed'; else echo 'they could not be completed; installing the new version replaces them'; fi
    fi
    rm -f -- "$folder/last" "$folder/last.status"
  `
  return step(text, {
    title: 'complete earlier installations',
    showOutput: true,
    detached: true,
    failures,
    ...rootStepOptions(env),
  })
}
