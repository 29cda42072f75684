import { type Step, sh, shellFunction, step } from '@dragonfab/core'
import { type DebEnv, rootStepOptions } from '../env.ts'
import { exitStatus, failures } from '../exit-statuses.ts'
import { beginApt, describeState, dpkgInstall, get, readState, waitRun } from '../shell/apt.ts'

const refuseDamaged = shellFunction('deb_refuse_damaged', sh`printf '%s\n' "$1"; exit ${exitStatus.damaged}`)

const updateLists = shellFunction('deb_update_lists', sh`apt-get -q -o DPkg::Lock::Timeout=0 update </dev/null`)

/** `try_install <option>`: lets apt try to install `$file`, which changes nothing. If that fails, tries once more with new lists of packages. */
const tryInstall = shellFunction(
  'deb_try_install',
  sh`
    ${waitRun} ${get} "$1" $more install "$file" && return 0
    echo 'with new lists of packages:'
    ${waitRun} ${updateLists} || echo 'the lists of packages could not be updated'
    ${waitRun} ${get} "$1" $more install "$file" && return 0
    grep -e '^ [^ ]* : ' -e '^E: ' "$out" | head -n 1
    exit ${exitStatus.unresolved}
  `,
)

/**
 * Checks everything that can fail, and changes nothing: whether the package is complete and the right one, whether apt would install it, and whether its
 * dependencies can be downloaded. Notes the installed version for undo.
 */
export function simulateInstallation(env: DebEnv): Step {
  const text = sh`
    ${beginApt(env)}
    ${nextVariables}
    [ "$(sha256sum <"$file")" = "$hash  -" ] || ${refuseDamaged} "the sha256 of $file does not match"
    output=$(dpkg-deb --fsys-tarfile "$file" 2>&1 >/dev/null) || ${refuseDamaged} "$output"
    [ "$(dpkg-deb -f "$file" Package) $(dpkg-deb -f "$file" Version)" = "$package $version" ] || ${refuseDamaged} "$file is not $package $version"
    ${readState}
    how=install was=- from=
    case $status in
      ?i)
        was=$have
        if [ "$have" = "$version" ]; then
          how=reinstall
          ${env.debconf === undefined ? sh`[ "$(tail -n 1 "$folder/installed" 2>/dev/null | cut -f 1,2)" != "$(printf '%s\t%s' "$version" "$hash")" ] || how=skip` : sh``}
        elif dpkg --compare-versions "$have" gt "$version"; then
          how=downgrade
          ${env.deb.downgrade ? sh`` : sh`[ "$why" = rollback ] || { echo "$package $have is installed, which is newer than $version"; exit ${exitStatus.older}; }`}
        fi ;;
      ?n | ?c) ;;
      *)
        # Incomplete, and cannot be completed: undo installs the last version that was installed completely.
        was=$(tail -n 1 "$folder/installed" 2>/dev/null | cut -f 1)
        was=\${was:-half}
        how=reinstall
        dpkg --compare-versions "$have" le "$version" || how=downgrade
        echo "$package $have is $(${describeState})" ;;
    esac
    case $was in
      - | half) ;;
      *)
        from=$(awk -F '\t' -v v="$was" '$1 == v { print $3 }' "$folder/installed" 2>/dev/null | tail -n 1) || :
        [ -f "$from" ] || from=$(for each in /var/cache/apt/archives/"$package"_*.deb; do [ ! -f "$each" ] || [ "$(dpkg-deb -f "$each" Version)" != "$was" ] || printf '%s\n' "$each"; done | head -n 1)
        [ -n "$from" ] || echo "the installed $was is not kept on this host: if this fails, it can be installed again only from a repository that has it" ;;
    esac
    printf '%s\n' "$DF_R" "$was" "$from" >"$folder/before"
    printf '%s\n' "$how" >"$folder/how"
    rm -f -- "$folder/installed.before"
    [ "$how" != skip ] || { echo "$package $version is already installed"; exit 0; }
    ${moreVariable}
    half=no
    case $status in ?i | ?n | ?c) ;; *) [ "$have" != "$version" ] || half=yes ;; esac
    # A simulation by apt would show nothing, because dpkg installs it again.
    [ "$half" = no ] || { ${waitRun} ${dpkgInstall} --no-act --install "$file" || { tail -n 1 "$out"; exit ${exitStatus.unresolved}; }; exit 0; }
    ${tryInstall} -s
    ${tryInstall} --download-only
    echo "$package: \${have:-nothing} → $version"
  `
  return step(text, { title: `simulate the installation of ${env.deb.packageName}`, failures, ...rootStepOptions(env) })
}

/** What this run installs: `$version $file $hash`, and `$why`, `deploy` or `rollback`. */
export const nextVariables = sh`
  { read -r version; read -r file; read -r hash; read -r why; } <"$folder/next"
`

/** `$more`: the options of apt for `$how`. */
export const moreVariable = sh`
  case $how in reinstall) more=--reinstall ;; downgrade) more=--allow-downgrades ;; *) more= ;; esac
`
