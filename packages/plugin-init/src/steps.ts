import { type CoreEnv, type FieldValues, type Fragment, type Step, type StepFailure, sh, step } from '@dragonfab/core'
import type { InitPath, options } from './options.ts'

export interface InitEnv extends CoreEnv {
  readonly init: FieldValues<typeof options>
}

const deniedStatus = 64
const lackingStatus = 65

/**
 * `has <path> <owner> <group> <mode>`: what is as it should be is left alone, so that nobody needs rights for it. The rest is made, by sudo where
 * the user may not.
 */
const makeFunctions = sh`
  LC_ALL=C
  export LC_ALL
  wrong=
  root() { said=$("$@" 2>&1) || { [ "$(id -u)" != 0 ] && said=$(sudo -n "$@" 2>&1); }; }
  has() {
    at=$1 done=
    case $at in '~/'*) at=$HOME/\${at#'~/'} ;; esac
    if [ ! -d "$at" ]; then
      root mkdir -p -- "$at" || { wrong="$wrong
$at: $said"; return 0; }
      # What root had to make belongs to who deploys, unless told otherwise.
      [ -O "$at" ] || [ -n "$2" ] || root chown "$(id -u):$(id -g)" -- "$at" || :
      done=made
    fi
    if [ -n "$2" ] && [ "$(stat -c %U -- "$at")" != "$2" ]; then
      root chown "$2" -- "$at" || { wrong="$wrong
$at: $said"; return 0; }
      done="\${done:+$done, }owner $2"
    fi
    if [ -n "$3" ] && [ "$(stat -c %G -- "$at")" != "$3" ]; then
      root chgrp "$3" -- "$at" || { wrong="$wrong
$at: $said"; return 0; }
      done="\${done:+$done, }group $3"
    fi
    if [ -n "$4" ] && [ "$(stat -c %a -- "$at")" != "$4" ]; then
      root chmod "$4" -- "$at" || { wrong="$wrong
$at: $said"; return 0; }
      done="\${done:+$done, }mode $4"
    fi
    echo "$at: \${done:-as it should be}"
  }
`

/** Directories, their owners and modes. Run again it changes nothing. */
export function makePaths({ init }: InitEnv): Step {
  const all = init.paths as readonly InitPath[]
  const callFor = ({ path, owner = '', group = '', mode = '' }: InitPath): Fragment =>
    sh`has ${path} ${owner} ${group} ${mode.replace(/^0/, '')}`
  const text = sh`
    ${makeFunctions}
    ${sh.join(all.map(callFor))}
    [ -z "$wrong" ] || { printf '%s\n' "$wrong" | grep .; exit ${deniedStatus}; }
  `
  const failures: Readonly<Record<number, StepFailure>> = {
    [deniedStatus]: {
      code: 'INIT_PATH',
      message: 'a directory cannot be made as it should be: $OUTPUT',
      remedy: 'allow it in sudoers, or set init.sudoUser to root and give the password: --ask-sudo-password; does the owner exist?',
    },
  }
  const as = init.sudoUser === undefined ? {} : { as: init.sudoUser }
  return step(text, { title: `directories: ${all.map(({ path }) => path).join(', ')}`, failures, showOutput: true, ...as })
}

/** What must be there beside packages and directories. */
export function runChecks({ init }: InitEnv): readonly Step[] {
  return init.checks.map((check) =>
    step(sh`(${sh.raw(check)}) || exit ${lackingStatus}`, {
      title: check,
      failures: {
        [lackingStatus]: {
          code: 'INIT_CHECK',
          message: `not fulfilled: ${check}: $OUTPUT`,
          remedy: 'see init.checks, and put it right on the host',
        },
      },
    }),
  )
}
