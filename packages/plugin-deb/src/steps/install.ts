import { type Step, sh, step } from '@dragonfab/core'
import { type DebEnv, rootStepOptions } from '../env.ts'
import { exitStatus, failures } from '../exit-statuses.ts'
import { aptFunctions } from '../shell/apt.ts'
import { moreVariable as more, nextVariables } from './simulate.ts'

/** Installs it. Goes on to its end when the connection is lost: half an installation is worse than none. */
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
    ${aptFunctions(env)}
    ${nextVariables}
    read -r how <"$folder/how"
    [ "$how" != skip ] || { echo "$package $version is installed already"; exit 0; }
    # Whom the way back waits for: an interrupt ends the run's own wait for apt, not this one.
    echo "$$" >>"$folder/pid"
    ${more}
    rc=0
    patiently put "$file" "$version" || rc=$?
    echo "$rc" >"$folder/last.status"
    [ "$rc" = 0 ] && exit 0
    state
    echo "$package \${have:-$version} is $(told)"
    exit ${exitStatus.failed}
  `
  const title = `install ${env.deb.packageName}`
  return [
    step(noteScript, { title: 'note what is installed', failures, ...rootStepOptions(env) }),
    step(text, { title, detached: true, failures, ...rootStepOptions(env) }),
  ]
}

/** Believes dpkg, not apt's exit status; tells which changed configuration files stayed as they were. */
export function verifyInstalled(env: DebEnv): Step {
  const text = sh`
    ${aptFunctions(env)}
    ${nextVariables}
    state
    case $status in
      ?i) [ "$have" = "$version" ] || { echo "$package $have is installed, not $version"; exit ${exitStatus.notInstalled}; } ;;
      *) echo "$package $have is $(told)"; exit ${exitStatus.notInstalled} ;;
    esac
    echo "$package $version is installed"
    [ -f "$folder/last" ] || exit 0
    # By the time of the inode: the file's own is that of the package.
    made() { [ -n "$(find "$each.dpkg-$1" -maxdepth 0 -cnewer "$folder/how" 2>/dev/null)" ]; }
    dpkg-query -W -f='\${Conffiles}\n' -- "$package" | sed -n 's/^ \(.*\) [0-9a-f]\{32\}.*/\1/p' | while IFS= read -r each; do
      made dist && echo "$each was changed here and stays; the package's own is $each.dpkg-dist"
      made old && echo "$each was changed here and is replaced; it was $each.dpkg-old"
      :
    done
  `
  return step(text, { title: `is ${env.deb.packageName} installed`, showOutput: true, failures, ...rootStepOptions(env) })
}

/** When all hosts have it: notes it as good, and removes packages that nothing goes back to. */
export function finishInstallation(env: DebEnv): Step {
  const text = sh`
    ${aptFunctions(env)}
    ${nextVariables}
    [ -f "$folder/installed" ] || : >"$folder/installed"
    # Where what follows fails, on this host or another, it is gone back from here too.
    cp -p -- "$folder/installed" "$folder/installed.before"
    from=
    { read -r from; read -r from; read -r from || :; } <"$folder/before"
    if [ "$why" = rollback ]; then
      # What was left is not gone back to by itself.
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
  return step(text, { title: 'note what is installed, and keep what can be gone back to', failures, ...rootStepOptions(env) })
}
