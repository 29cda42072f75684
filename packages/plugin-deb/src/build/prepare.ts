import { sh } from '@dragonfab/core'
import { exitStatus } from '../exit-statuses.ts'

/**
 * In a container that is thrown away afterwards: installs dpkg-dev and what debian/control asks for. Tried before it is done, so that what cannot be
 * had is named. A template's lists of packages may be old, or none.
 */
export const prepareScript = sh`
  prepare() {
    apt-get -q -o Acquire::Retries=3 "$@" </dev/null 2>&1 || { echo "apt-get $* (status $?)"; exit ${exitStatus.notPrepared}; }
  }
  command -v apt-get >/dev/null || { echo 'there is no apt-get'; exit ${exitStatus.notPrepared}; }
  prepare update
  said=$(apt-get -q -s --no-install-recommends build-dep ./ 2>&1 </dev/null) || {
    printf '%s\n' "$said"
    lacking=$(printf '%s\n' "$said" | sed -n 's/^ *\(builddeps:[^ ]* : \)\{0,1\}Depends: //p' | tr '\n' ';')
    printf '%s\n' "\${lacking:-apt-get build-dep ./}"
    exit ${exitStatus.notPrepared}
  }
  prepare -y --no-install-recommends install dpkg-dev fakeroot
  prepare -y --no-install-recommends build-dep ./
`
