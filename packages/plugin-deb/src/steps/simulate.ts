import { type Step, sh, step } from '@dragonfab/core'
import { type DebEnv, rootStepOptions } from '../env.ts'
import { exitStatus, failures } from '../exit-statuses.ts'
import { aptFunctions } from '../shell/apt.ts'

/**
 * All that can fail without changing anything: is the package whole and the one that was meant, would apt install it, can what it depends on be downloaded. Writes
 * down what is there before, for the way back.
 */
export function simulateInstallation(env: DebEnv): Step {
  const text = sh`
    ${aptFunctions(env)}
    ${nextVariables}
    damaged() { printf '%s\n' "$1"; exit ${exitStatus.damaged}; }
    [ "$(sha256sum <"$file")" = "$hash  -" ] || damaged "the sha256 of $file is another one"
    said=$(dpkg-deb --fsys-tarfile "$file" 2>&1 >/dev/null) || damaged "$said"
    [ "$(dpkg-deb -f "$file" Package) $(dpkg-deb -f "$file" Version)" = "$package $version" ] || damaged "$file is not $package $version"
    state
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
        # Half done, and not to be completed: what was last installed well is what to go back to.
        was=$(tail -n 1 "$folder/installed" 2>/dev/null | cut -f 1)
        was=\${was:-half}
        how=reinstall
        dpkg --compare-versions "$have" le "$version" || how=downgrade
        echo "$package $have is $(told)" ;;
    esac
    case $was in
      - | half) ;;
      *)
        from=$(awk -F '\t' -v v="$was" '$1 == v { print $3 }' "$folder/installed" 2>/dev/null | tail -n 1) || :
        [ -f "$from" ] || from=$(for each in /var/cache/apt/archives/"$package"_*.deb; do [ ! -f "$each" ] || [ "$(dpkg-deb -f "$each" Version)" != "$was" ] || printf '%s\n' "$each"; done | head -n 1)
        [ -n "$from" ] || echo "the installed $was is not kept here: where this fails, only a repository that has it can put it back" ;;
    esac
    printf '%s\n' "$DF_R" "$was" "$from" >"$folder/before"
    printf '%s\n' "$how" >"$folder/how"
    rm -f -- "$folder/installed.before"
    [ "$how" != skip ] || { echo "$package $version is installed already"; exit 0; }
    ${moreVariable}
    half=no
    case $status in ?i | ?n | ?c) ;; *) [ "$have" != "$version" ] || half=yes ;; esac
    # What apt would do about it is no answer then; dpkg installs it again.
    [ "$half" = no ] || { patiently dpkg_install --no-act --install "$file" || { tail -n 1 "$out"; exit ${exitStatus.unresolved}; }; exit 0; }
    would() { get -s $more install "$file"; }
    fetch() { get $more --download-only install "$file"; }
    update() { apt-get -q -o DPkg::Lock::Timeout=0 update </dev/null; }
    each() {
      patiently "$1" && return 0
      echo 'with new lists of packages:'
      patiently update || echo 'the lists of packages could not be brought up to date'
      patiently "$1" && return 0
      grep -e '^ [^ ]* : ' -e '^E: ' "$out" | head -n 1
      exit ${exitStatus.unresolved}
    }
    each would
    each fetch
    echo "$package: \${have:-nothing} → $version"
  `
  return step(text, { title: `simulate the installation of ${env.deb.packageName}`, failures, ...rootStepOptions(env) })
}

/** What this run installs: `$version $file $hash`, and `$why`, `deploy` or `rollback`. */
export const nextVariables = sh`
  { read -r version; read -r file; read -r hash; read -r why; } <"$folder/next"
`

/** `$more`: what apt needs to be told for `$how`. */
export const moreVariable = sh`
  case $how in reinstall) more=--reinstall ;; downgrade) more=--allow-downgrades ;; *) more= ;; esac
`
