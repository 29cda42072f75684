import { type Fragment, sh } from '@dragonfab/core'
import type { DebEnv } from '../env.ts'
import { exitStatus } from '../exit-statuses.ts'
import { buildPythonParts } from './python.ts'

/**
 * Builds in the folder `$source`, wherever that is. What comes first needs no time: is there a debian/, are the tools there, is all there that the
 * build needs: that is after `prepare`, where it may be installed. Its artefacts lie beside `$source` then; `$changes` names them.
 */
export function buildScript(env: DebEnv, prepare: Fragment = sh`:`): Fragment {
  const { buildOptions, preBuild } = env.deb
  return sh`
    LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
    export LC_ALL DEBIAN_FRONTEND
    cd -- "$source" || { echo "there is no folder $source"; exit ${exitStatus.noDebian}; }
    [ -f debian/control ] && [ -f debian/changelog ] || { echo "there is no debian/control with a debian/changelog in $source"; exit ${exitStatus.noDebian}; }
    ${prepare}
    for each in dpkg-buildpackage dpkg-checkbuilddeps dpkg-parsechangelog; do
      command -v "$each" >/dev/null || { echo "there is no $each"; exit ${exitStatus.noTools}; }
    done
    said=$(dpkg-checkbuilddeps 2>&1) || { printf '%s\n' "\${said##*: }"; exit ${exitStatus.buildDepends}; }
    # Not on the left of \`||\`: there \`set -e\` means nothing.
    first() {
      set +e
      ( set -e; eval "$1" )
      rc=$?
      set -e
      [ "$rc" = 0 ] || { echo "$2 (status $rc)"; exit ${exitStatus.preBuild}; }
    }
    ${sh.join(preBuild.map((text) => sh`first ${text} ${text}`))}
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
    said=$(sha256sum -c "$changes.sha256" 2>&1) || { printf '%s\n' "$said"; rm -f -- "$changes.sha256"; exit ${exitStatus.artefacts}; }
  `
}
