import { type Fragment, sh, shellFunction } from '@dragonfab/core'
import { exitStatus } from '../exit-statuses.ts'
import { splitIndexProgram } from '../python/fingerprint.ts'
import type { Venv } from '../venv.ts'
import { fail, requireTool } from './python.ts'

/** The environment of pip and uv: they must not ask, and must install only into the venv. */
const quietEnvironment: Fragment = sh`
  unset PIP_TARGET PIP_PREFIX PIP_ROOT PIP_PYTHON PIP_DRY_RUN PIP_REQUIREMENT PIP_CONSTRAINT UV_SYSTEM_PYTHON UV_TARGET
  export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_USER=0 PIP_PROGRESS_BAR=off PIP_REQUIRE_VIRTUALENV=0 UV_NO_PROGRESS=1
`

/** Where packages come from: the host's settings, the index of the config, or only the wheelhouse. */
function sourceSettings({ index, indexUrl }: Venv['options']): Fragment {
  if (!index) {
    return sh`
      unset PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_FIND_LINKS UV_INDEX UV_DEFAULT_INDEX UV_INDEX_URL UV_EXTRA_INDEX_URL UV_FIND_LINKS
      export PIP_CONFIG_FILE=/dev/null UV_NO_CONFIG=1
    `
  }
  if (indexUrl === undefined) return sh.raw('')
  return sh`
    PIP_INDEX_URL=$(printf '%s\n' ${indexUrl} | "$py" -I -c ${splitIndexProgram} "$DF_RUN/venv.netrc")
    unset PIP_EXTRA_INDEX_URL UV_INDEX UV_EXTRA_INDEX_URL
    UV_DEFAULT_INDEX=$PIP_INDEX_URL NETRC=$DF_RUN/venv.netrc
    export PIP_INDEX_URL UV_DEFAULT_INDEX UV_INDEX_URL="$PIP_INDEX_URL" NETRC
  `
}

/** `try status command…`: shows the command's standard error only if it fails, with the reason last. */
const tryCommand = shellFunction(
  'virtualenv_try',
  sh`
    kind=$1
    shift
    "$@" 2>"$DF_RUN/venv.log" && return 0
    cat -- "$DF_RUN/venv.log" >&2
    # venv hides the output of ensurepip, so the free space is checked too.
    free=$(df -Pk "$drop" 2>/dev/null | sed -n '$s/^.* \([0-9][0-9]*\)  *[0-9-][0-9]*% .*$/\1/p')
    if grep -qE 'No space left on device|Disk quota exceeded' "$DF_RUN/venv.log" || [ "\${free:-9999}" -lt 1024 ]; then
      ${fail} ${exitStatus.diskFull} "no space left for $drop"
    fi
    why=$(sed -n -e 's/^ *ERROR: //p' -e 's/^ *error: //p' -e 's/^ *╰─▶ //p' "$DF_RUN/venv.log" | head -n 1)
    [ -n "$why" ] || why=$(grep -v '^ *$' "$DF_RUN/venv.log" | tail -n 1)
    ${fail} "$kind" "\${why:-$1 failed without output}"
  `,
)

/** An incomplete venv is removed if the step ends before `$drop` is emptied. */
export const beginBuild = sh`
  drop=
  trap '[ -z "$drop" ] || rm -rf -- "$drop"; rm -f -- "$DF_RUN/venv.netrc" "$DF_RUN/venv.log"' EXIT
`

/** Creates a venv in `$target` and installs everything into it. The venv counts only if all of that succeeds. */
export function buildScript(venv: Venv): Fragment {
  const { options } = venv
  const { requirements, wheelhouse, index, pipUpgrade, tool, activate } = options
  const sources = sh`${[...(index ? [] : ['--no-index']), ...(wheelhouse === undefined ? [] : ['--find-links', wheelhouse])]}`
  return sh`
    set -- "$target"
    drop=$1
    ${requireTool(options)}
    ${quietEnvironment}
    ${sourceSettings(options)}
    ${tryCommand} ${exitStatus.notMade} ${makeCommand(options)} "$1"
    [ -x "$1/bin/python" ] || ${fail} ${exitStatus.notMade} "$1/bin/python does not exist"
    ${activate === undefined ? sh.raw('') : readActivateScript(activate)}
    ${pipUpgrade && tool !== 'uv' ? upgradeScript(options, sources) : sh.raw('')}
    ${tryCommand} ${exitStatus.unmet} ${installCommand(options)} ${sources} -r ${requirements}
    drop=
  `
}

function makeCommand({ executive, tool }: Venv['options']): Fragment {
  if (executive) return sh`${executive}`
  if (tool === 'uv') return sh`"$uv" venv --quiet --python "$py"`
  if (tool === 'virtualenv') return sh`\${virtualenv:-"$py" -I -m virtualenv} --quiet --python "$py"`
  return sh`"$py" -I -m venv`
}

function installCommand({ tool }: Venv['options']): Fragment {
  return tool === 'uv' ? sh`"$uv" pip install --python "$1/bin/python"` : sh`"$1/bin/python" -I -m pip install`
}

/** Such files are usually written for bash, so they are not read under `set -u`. */
const readActivateScript = (file: string): Fragment => sh`
  [ -r ${file} ] || ${fail} ${exitStatus.noActivate} ${file}
  venv=$1
  set +eu
  . ${file} || ${fail} ${exitStatus.noActivate} ${file}
  set -eu
  set -- "$venv"
`

function upgradeScript(options: Venv['options'], sources: Fragment): Fragment {
  if (options.index) return sh`${tryCommand} ${exitStatus.unmet} ${installCommand(options)} --upgrade ${sources} pip setuptools wheel`
  return sh`
    for each in pip setuptools wheel; do
      for file in ${options.wheelhouse ?? ''}/"$each"-[0-9]*.whl; do
        [ ! -f "$file" ] || { ${tryCommand} ${exitStatus.unmet} ${installCommand(options)} --upgrade ${sources} "$each"; break; }
      done
    done
  `
}
