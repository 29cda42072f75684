import { sh, shellFunction } from '@dragonfab/core'
import { exitStatus } from '../exit-statuses.ts'

const runApt = shellFunction(
  'deb_run_apt',
  sh`apt-get -q -o Acquire::Retries=3 "$@" </dev/null 2>&1 || { echo "apt-get $* (status $?)"; exit ${exitStatus.notPrepared}; }`,
)

/**
 * In a throwaway container: installs dpkg-dev and the build dependencies of debian/control. A simulation comes first, because it names the
 * missing packages. Updates the lists of packages, because a template may have old ones or none.
 */
export const prepareScript = sh`
  command -v apt-get >/dev/null || { echo 'apt-get is not installed'; exit ${exitStatus.notPrepared}; }
  ${runApt} update
  output=$(apt-get -q -s --no-install-recommends build-dep ./ 2>&1 </dev/null) || {
    printf '%s\n' "$output"
    lacking=$(printf '%s\n' "$output" | sed -n 's/^ *\(builddeps:[^ ]* : \)\{0,1\}Depends: //p' | tr '\n' ';')
    printf '%s\n' "\${lacking:-apt-get build-dep ./}"
    exit ${exitStatus.notPrepared}
  }
  ${runApt} -y --no-install-recommends install dpkg-dev fakeroot
  ${runApt} -y --no-install-recommends build-dep ./
`
