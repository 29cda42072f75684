import { type Fragment, sh } from '@dragonfab/core'
import type { DebEnv } from '../env.ts'
import { exitStatus } from '../exit-statuses.ts'
import { buildPythonParts, runPreBuild } from './python.ts'

/**
 * Builds in the folder `$source`. Quick checks come first: debian/, the tools, and the build dependencies (after `prepare`, which may install them).
 * Afterwards the built files are beside `$source`, and `$changes` is the .changes file.
 */
export function buildScript(env: DebEnv, prepare: Fragment = sh`:`): Fragment {
  const { buildOptions, preBuild } = env.deb
  return sh`
    LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
    export LC_ALL DEBIAN_FRONTEND
    cd -- "$source" || { echo "the folder $source does not exist"; exit ${exitStatus.noDebian}; }
    [ -f debian/control ] && [ -f debian/changelog ] || { echo "there is no debian/control with a debian/changelog in $source"; exit ${exitStatus.noDebian}; }
    ${prepare}
    for each in dpkg-buildpackage dpkg-checkbuilddeps dpkg-parsechangelog; do
      command -v "$each" >/dev/null || { echo "$each is not installed"; exit ${exitStatus.noTools}; }
    done
    output=$(dpkg-checkbuilddeps 2>&1) || { printf '%s\n' "\${output##*: }"; exit ${exitStatus.buildDepends}; }
    ${sh.join(preBuild.map((text) => sh`${runPreBuild} ${text} ${text}`))}
    ${buildPythonParts(env)}
    name=$(dpkg-parsechangelog -S Source)
    version=$(dpkg-parsechangelog -S Version)
    echo "building $name $version"
    dpkg-buildpackage ${buildOptions} </dev/null || { echo "status $?"; exit ${exitStatus.notBuilt}; }
    cd ..
    changes=
    for each in "$name"_"\${version#*:}"_*.changes; do
      if [ -f "$each" ]; then [ -n "$changes" ] && [ "$changes" -nt "$each" ] || changes=$each; fi
    done
    [ -n "$changes" ] || { echo "there is no \${name}_\${version#*:}_*.changes"; exit ${exitStatus.artefacts}; }
    awk '/^[^ ]/ { on = $1 == "Checksums-Sha256:"; next } on { print $1 "  " $3 }' "$changes" >"$changes.sha256"
    output=$(sha256sum -c "$changes.sha256" 2>&1) || { printf '%s\n' "$output"; rm -f -- "$changes.sha256"; exit ${exitStatus.artefacts}; }
  `
}
