import { type Step, sh, step } from '@dragonfab/core'
import { type DebEnv, rootStepOptions } from '../env.ts'
import { exitStatus, failures } from '../exit-statuses.ts'
import { aptFunctions } from '../shell/apt.ts'

/** Waits until no other program has apt or dpkg locked, and says for whom it waits. */
export function waitForApt(env: DebEnv): Step {
  const text = sh`
    for each in apt-get dpkg dpkg-query dpkg-deb; do
      command -v "$each" >/dev/null || { echo "there is no $each"; exit ${exitStatus.noApt}; }
    done
    mkdir -p -- ${env.deb.folder}
    ${aptFunctions(env)}
    # It takes the locks and changes nothing. What else is wrong is found by those that follow; what it prints is of no use then.
    check() { get check >"$out.check" 2>&1 || { rc=$?; grep -E -e "$locks" "$out.check" || :; return "$rc"; }; }
    patiently check || :
    rm -f -- "$out.check"
  `
  return step(text, { title: 'wait until apt is free', showOutput: true, failures, ...rootStepOptions(env) })
}

/**
 * Tells of an installation whose end nobody saw, and completes what dpkg has left half done. Where that fails, the version that is
 * installed next takes its place.
 */
export function repairDpkg(env: DebEnv): Step {
  const text = sh`
    ${aptFunctions(env)}
    if [ -f "$folder/last" ]; then
      read -r version run since <"$folder/last"
      if [ -f "$folder/last.status" ]; then
        read -r rc <"$folder/last.status"
        echo "the installation of $version, begun $since by run $run, was not seen to its end: it ended with status $rc"
      else
        echo "the installation of $version, begun $since by run $run, was cut short"
      fi
    fi
    half=$(dpkg-query -W -f='\${db:Status-Abbrev}|\${Package}\n' | sed -n -e 's/^.[UFHWt].*|//p' -e 's/^..R.*|//p')
    if [ -n "$half" ] || [ -n "$(ls -A /var/lib/dpkg/updates)" ]; then
      echo "dpkg has left half done:" $half
      configure() { dpkg --configure -a ${env.deb.conffiles === 'keep' ? sh`--force-confold` : sh`--force-confnew`} </dev/null; }
      if patiently configure; then echo 'completed'; else echo 'it cannot be completed as it is; the version that is installed next takes its place'; fi
    fi
    rm -f -- "$folder/last" "$folder/last.status"
  `
  return step(text, {
    title: 'complete what an earlier installation left half done',
    showOutput: true,
    detached: true,
    failures,
    ...rootStepOptions(env),
  })
}
