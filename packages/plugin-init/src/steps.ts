import { type CoreEnv, exitStatuses, type FieldValues, type Fragment, type Step, sh, shellFunction, step } from '@dragonfab/core'
import type { InitPath, options } from './options.ts'

export interface InitEnv extends CoreEnv {
  readonly init: FieldValues<typeof options>
}

const { exitStatus, failures } = exitStatuses({
  denied: {
    status: 64,
    code: 'INIT_PATH',
    message: 'a directory cannot be created, or cannot be given its owner or mode: $OUTPUT',
    remedy: 'allow it in sudoers, or set init.sudoUser to root and pass --ask-sudo-password; and check that the owner exists',
  },
})

/** `as_root <command>…`: runs it, by sudo if the user may not. `$answer` is its output. */
const asRoot = shellFunction('init_as_root', sh`answer=$("$@" 2>&1) || { [ "$(id -u)" != 0 ] && answer=$(sudo -n "$@" 2>&1); }`)

/** Adds a line for `$at` to `$wrong`, so that the problems of all paths are reported at once. */
const noteProblem = shellFunction('init_note_problem', sh`wrong="$wrong$(printf '\n%s: %s' "$at" "$answer")"`)

/** `make_path <path> <owner> <group> <mode>`: changes only what differs, so that nobody needs rights for a path that is already right. */
const makePath = shellFunction(
  'init_make_path',
  sh`
    at=$1 changes=
    case $at in '~/'*) at=$HOME/\${at#'~/'} ;; esac
    if [ ! -d "$at" ]; then
      ${asRoot} mkdir -p -- "$at" || { ${noteProblem}; return 0; }
      # A directory that sudo had to make belongs to the deploying user, unless the config names an owner.
      [ -O "$at" ] || [ -n "$2" ] || ${asRoot} chown "$(id -u):$(id -g)" -- "$at" || :
      changes=created
    fi
    if [ -n "$2" ] && [ "$(stat -c %U -- "$at")" != "$2" ]; then
      ${asRoot} chown "$2" -- "$at" || { ${noteProblem}; return 0; }
      changes="\${changes:+$changes, }owner $2"
    fi
    if [ -n "$3" ] && [ "$(stat -c %G -- "$at")" != "$3" ]; then
      ${asRoot} chgrp "$3" -- "$at" || { ${noteProblem}; return 0; }
      changes="\${changes:+$changes, }group $3"
    fi
    if [ -n "$4" ] && [ "$(stat -c %a -- "$at")" != "$4" ]; then
      ${asRoot} chmod "$4" -- "$at" || { ${noteProblem}; return 0; }
      changes="\${changes:+$changes, }mode $4"
    fi
    echo "$at: \${changes:-unchanged}"
  `,
)

/** Makes directories, and sets their owners and modes. */
export function makePaths({ init }: InitEnv): Step {
  const all = init.paths as readonly InitPath[]
  const callFor = ({ path, owner = '', group = '', mode = '' }: InitPath): Fragment =>
    sh`${makePath} ${path} ${owner} ${group} ${mode.replace(/^0/, '')}`
  const text = sh`
    LC_ALL=C wrong=
    export LC_ALL
    ${sh.join(all.map(callFor))}
    [ -z "$wrong" ] || { printf '%s\n' "$wrong" | grep .; exit ${exitStatus.denied}; }
  `
  const as = init.sudoUser === undefined ? {} : { as: init.sudoUser }
  return step(text, { title: `directories: ${all.map(({ path }) => path).join(', ')}`, failures, showOutput: true, ...as })
}

/** One step for each of `init.checks`. */
export function runChecks({ init }: InitEnv): readonly Step[] {
  return init.checks.map((check) => {
    const { exitStatus, failures } = exitStatuses({
      failed: {
        status: 65,
        code: 'INIT_CHECK',
        message: `the check “${check}” failed: $OUTPUT`,
        remedy: 'fix it on the host, or correct init.checks',
      },
    })
    return step(sh`(${sh.raw(check)}) || exit ${exitStatus.failed}`, { title: check, failures })
  })
}
