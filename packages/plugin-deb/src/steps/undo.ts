import { type Step, sh, shellFunction, step } from '@dragonfab/core'
import { type DebEnv, rootStepOptions } from '../env.ts'
import { exitStatus, failures } from '../exit-statuses.ts'
import { beginApt, describeState, get, put, readState, waitRun } from '../shell/apt.ts'

/** Waits for an installation that this run started, even if it is still waiting for apt. Otherwise it would happen after undo. */
export function waitForInstallation(env: DebEnv): Step {
  const text = sh`
    pid=${env.deb.folder}/pid
    [ -f "$pid" ] || exit 0
    run= number=
    { read -r run && read -r number; } <"$pid" || :
    if [ "$run" = "$DF_R" ] && [ -n "$number" ] && kill -0 "$number" 2>/dev/null; then
      echo 'waiting until the installation has ended'
      while kill -0 "$number" 2>/dev/null; do sleep 0.5; done
    fi
    rm -f -- "$pid"
  `
  return step(text, {
    title: `wait until the installation of ${env.deb.packageName} has ended`,
    showOutput: true,
    failures,
    ...rootStepOptions(env),
  })
}

const remove = shellFunction('deb_remove', sh`${get} remove "$package" || dpkg --remove --force-remove-reinstreq -- "$package" </dev/null`)

/** Installs version `$was`, from the file `$from` if there is one. */
const reinstall = shellFunction(
  'deb_reinstall',
  sh`
    more='--reinstall --allow-downgrades'
    if [ -n "$from" ]; then ${put} "$from" "$was"; else ${get} --allow-downgrades install "$package=$was"; fi
  `,
)

/** Installs the previous version again, or removes the package if there was none. If nothing was changed, it does nothing, so it is always safe to run. */
export function undoInstallation(env: DebEnv): readonly Step[] {
  const decide = sh`
    ${beginApt(env)}
    mkdir -p -- "$folder"
    run= was= from= how= act=none
    [ ! -f "$folder/before" ] || { read -r run; read -r was; read -r from; } <"$folder/before" || :
    [ ! -f "$folder/how" ] || read -r how <"$folder/how"
    ${readState}
    if [ "$run" = "$DF_R" ] && [ -f "$folder/installed.before" ]; then mv -f -- "$folder/installed.before" "$folder/installed"; fi
    if [ "$run" = "$DF_R" ] && [ "$how" != skip ]; then
      case $was in
        -) case $status in ?n | ?c) ;; *) act=remove ;; esac ;;
        half)
          echo "$package was incomplete before, so it is not changed: $(${describeState})"
          exit ${exitStatus.notRestored} ;;
        *) [ "$status $have $how" = "ii $was \${how#reinstall}" ] || act=install ;;
      esac
    fi
    printf '%s\n' "$act" "$was" "$from" >"$folder/back"
    rm -f -- "$folder/last" "$folder/last.status"
  `
  const text = sh`
    ${beginApt(env)}
    { read -r act; read -r was; read -r from || :; } <"$folder/back"
    rc=0
    case $act in
      remove) ${waitRun} ${remove} || rc=$? ;;
      install) ${waitRun} ${reinstall} || rc=$? ;;
    esac
    ${readState}
    case $act,$status in
      none,*) ;;
      remove,?n | remove,?c) ;;
      install,?i) [ "$have" = "$was" ] || rc=1 ;;
      *) rc=1 ;;
    esac
    echo "$package \${have:+$have }is $(${describeState})"
    [ "$rc" = 0 ] || exit ${exitStatus.notRestored}
    rm -f -- "$folder/back" "$folder/before" "$folder/how" "$folder/next"
  `
  const title = `undo the installation of ${env.deb.packageName}`
  return [
    step(decide, { title: 'find the previous version', failures, ...rootStepOptions(env) }),
    step(text, { title, detached: true, failures, ...rootStepOptions(env) }),
  ]
}
