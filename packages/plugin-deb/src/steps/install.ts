import { type Step, sh, shellFunction, step } from '@dragonfab/core'
import { type DebEnv, rootStepOptions } from '../env.ts'
import { exitStatus, failures } from '../exit-statuses.ts'
import { beginApt, describeState, put, readState, waitRun } from '../shell/apt.ts'
import { moreVariable as more, nextVariables } from './simulate.ts'

/** Installs the package. Continues if the connection is lost, because half an installation is worse than none. */
export function installPackage(env: DebEnv): readonly Step[] {
  const noteScript = sh`
    folder=${env.deb.folder}
    ${nextVariables}
    read -r how <"$folder/how"
    [ "$how" != skip ] || exit 0
    rm -f -- "$folder/last.status"
    echo "$DF_R" >"$folder/pid"
    printf '%s %s %s\n' "$version" "$DF_R" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" >"$folder/last"
  `
  const text = sh`
    ${beginApt(env)}
    ${nextVariables}
    read -r how <"$folder/how"
    [ "$how" != skip ] || { echo "$package $version is already installed"; exit 0; }
    # Undo waits for this process, because an interrupt ends only the run's own wait for apt.
    echo "$$" >>"$folder/pid"
    ${more}
    rc=0
    ${waitRun} ${put} "$file" "$version" || rc=$?
    echo "$rc" >"$folder/last.status"
    [ "$rc" = 0 ] && exit 0
    ${readState}
    echo "$package \${have:-$version} is $(${describeState})"
    exit ${exitStatus.failed}
  `
  const title = `install ${env.deb.packageName}`
  return [
    step(noteScript, { title: 'note the installation', failures, ...rootStepOptions(env) }),
    step(text, { title, detached: true, failures, ...rootStepOptions(env) }),
  ]
}

/** `has_new <suffix>`: whether this installation made `$each.dpkg-SUFFIX`. By the inode's time, because the file's own comes from the package. */
const hasNew = shellFunction('deb_has_new', sh`[ -n "$(find "$each.dpkg-$1" -maxdepth 0 -cnewer "$folder/how" 2>/dev/null)" ]`)

/** Trusts dpkg, not apt's exit status. Reports which changed configuration files were kept. */
export function verifyInstalled(env: DebEnv): Step {
  const text = sh`
    ${beginApt(env)}
    ${nextVariables}
    ${readState}
    case $status in
      ?i) [ "$have" = "$version" ] || { echo "$package $have is installed, not $version"; exit ${exitStatus.notInstalled}; } ;;
      *) echo "$package $have is $(${describeState})"; exit ${exitStatus.notInstalled} ;;
    esac
    echo "$package $version is installed"
    [ -f "$folder/last" ] || exit 0
    dpkg-query -W -f='\${Conffiles}\n' -- "$package" | sed -n 's/^ \(.*\) [0-9a-f]\{32\}.*/\1/p' | while IFS= read -r each; do
      ${hasNew} dist && echo "$each was changed on this host and is kept; the package's own is $each.dpkg-dist"
      ${hasNew} old && echo "$each was changed on this host and is replaced; the old one is $each.dpkg-old"
      :
    done
  `
  return step(text, { title: `check that ${env.deb.packageName} is installed`, showOutput: true, failures, ...rootStepOptions(env) })
}

/** Once all hosts have the version, notes it as good, and removes packages that no rollback needs. */
export function finishInstallation(env: DebEnv): Step {
  const text = sh`
    ${beginApt(env)}
    ${nextVariables}
    [ -f "$folder/installed" ] || : >"$folder/installed"
    # If a later step fails, on this host or another, undo needs the old list.
    cp -p -- "$folder/installed" "$folder/installed.before"
    from=
    { read -r from; read -r from; read -r from || :; } <"$folder/before"
    if [ "$why" = rollback ]; then
      # Later versions are dropped, so that another rollback does not lead to the version that was left.
      awk -F '\t' -v v="$version" '{ print } $1 == v { exit }' "$folder/installed"
    else
      awk -F '\t' -v v="$version" '$1 != v' "$folder/installed"
      printf '%s\t%s\t%s\n' "$version" "$hash" "$file"
    fi | tail -n ${env.deb.keep} >"$folder/installed.new"
    mv -f -- "$folder/installed.new" "$folder/installed"
    for each in "$folder"/packages/*; do
      [ "$each" != "\${from%/*}" ] || continue
      cut -f 3 "$folder/installed" | grep -qF -e "$each/" || rm -rf -- "$each"
    done
    rm -f -- "$folder/last" "$folder/last.status" "$folder/next" "$out" "$out.status"
  `
  return step(text, { title: 'note the installed version, and remove old packages', failures, ...rootStepOptions(env) })
}
