import { type Fragment, type Step, sh, shellFunction, step } from '@dragonfab/core'
import { beforeFileName, installedUnits, type SystemdEnv, sudoOptionsOf } from '../env.ts'
import { exitStatus, failures } from '../exit-statuses.ts'
import { act, asRoot, beginCtl, explain } from '../shell/ctl.ts'

const folderOf = ({ systemd }: SystemdEnv): Fragment =>
  sh`folder=${systemd.folder ?? sh.raw(systemd.user ? '$HOME/.config/systemd/user' : '/etc/systemd/system')}`

/** Ends the step unless the last command succeeded. */
const can = shellFunction(
  'systemd_can',
  sh`[ "$rc" = 0 ] && return; case $answer in 'sudo: '*) ${explain} ;; esac; printf '%s\n' "$answer"; exit ${exitStatus.noFile}`,
)

/** `put <file> <name>`: copies a unit file by a rename, so that systemd never reads half of one. */
const put = shellFunction(
  'systemd_put',
  sh`
    ${asRoot} mkdir -p -- "$folder"; ${can}
    ${asRoot} cp -- "$1" "$folder/.$2.dragonfab"; ${can}
    ${asRoot} chmod 0644 "$folder/.$2.dragonfab"; ${can}
    ${asRoot} mv -f -- "$folder/.$2.dragonfab" "$folder/$2"; ${can}
  `,
)

/** Whether the release that will be live has the unit files, and systemd-analyze accepts them if it is installed. */
export function checkUnitFiles(env: SystemdEnv & { readonly releasePath: string }): Step {
  const text = sh`
    for file in ${env.systemd.install}; do
      [ -f ${env.releasePath}/"$file" ] || { echo "there is no $file in the release"; exit ${exitStatus.noFile}; }
      grep -q '^\[Unit\]\|^\[Service\]\|^\[Timer\]\|^\[Socket\]\|^\[Path\]' ${env.releasePath}/"$file" || { echo "$file is not a unit file"; exit ${exitStatus.noFile}; }
    done
  `
  return step(text, { title: 'does the release have its unit files', failures })
}

/** Copies unit files that differ. The previous ones are kept for undoing. */
export function installUnits(env: SystemdEnv): Step {
  const text = sh`
    ${beginCtl(env)}
    ${folderOf(env)}
    mkdir -p -- "$DF_RUN/systemd.units"
    changed= new=
    for file in ${env.systemd.install}; do
      name=\${file##*/}
      if [ -f "$folder/$name" ]; then
        cmp -s -- ${env.currentPath}/"$file" "$folder/$name" && continue
        cp -- "$folder/$name" "$DF_RUN/systemd.units/$name"
      else
        : >"$DF_RUN/systemd.units/$name.new"
        new="$new $name"
      fi
      ${put} ${env.currentPath}/"$file" "$name"
      changed="$changed $name"
    done
    [ -n "$changed" ] || exit 0
    ${act} daemon-reload
    [ "$rc" = 0 ] || ${explain}
    ${env.systemd.enable ? sh`[ -z "$new" ] || { ${act} enable $new; case $answer in *'no installation config'*) ;; *) [ "$rc" = 0 ] || ${explain} ;; esac; }` : sh``}
    echo "installed in $folder:$changed"
  `
  return step(text, { title: `install ${installedUnits(env).join(', ')}`, failures, ...sudoOptionsOf(env) })
}

/**
 * Restores the previous unit files. After a failed first release, stops its units, because there is no release to run. It may run in any state.
 */
export function undoInstall(env: SystemdEnv): Step {
  const text = sh`
    ${beginCtl(env)}
    ${folderOf(env)}
    if [ ! -d ${env.currentPath} ] && [ -f "$DF_RUN"/${beforeFileName(env)} ]; then
      ${act} stop ${env.systemd.units}
      echo 'stopped, because there is no release to run'
    fi
    changed=
    for name in ${installedUnits(env)}; do
      if [ -f "$DF_RUN/systemd.units/$name.new" ]; then
        ${act} disable "$name"
        ${asRoot} rm -f -- "$folder/$name"
        ${can}
      elif [ -f "$DF_RUN/systemd.units/$name" ]; then
        ${put} "$DF_RUN/systemd.units/$name" "$name"
      else
        continue
      fi
      changed="$changed $name"
    done
    [ -z "$changed" ] || { ${act} daemon-reload; [ "$rc" = 0 ] || ${explain}; echo "restored:$changed"; }
  `
  return step(text, { title: `restore ${env.systemd.units.join(', ')}`, failures, ...sudoOptionsOf(env) })
}
