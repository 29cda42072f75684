import { type Fragment, sh, shellFunction } from '@dragonfab/core'
import { exitStatus } from '../exit-statuses.ts'
import type { Venv } from '../venv.ts'

/** `fail status words…`: ends the step. */
export const fail = shellFunction('virtualenv_fail', sh`status=$1; shift; printf '%s\n' "$*" >&2; exit "$status"`)

/**
 * Looks for Python. `$py` is the Python itself, not a shim. If uv is the tool, `$uv` is its path, also in the folder of its installer, which is not
 * in the PATH of a session without a login. Settings of another venv are ignored.
 */
export function findPython({ tool, python: version }: Pick<Venv['options'], 'tool' | 'python'>): Fragment {
  return sh`
    unset PYTHONHOME PYTHONPATH VIRTUAL_ENV CONDA_PREFIX __PYVENV_LAUNCHER__ UV_PROJECT_ENVIRONMENT
    ${tool === 'uv' ? uvPython(version) : ownPython(version)}
    py=$("$py" -I -c 'import sys; sys.version_info >= (3, 6) or sys.exit("it is Python %s" % sys.version.split()[0]); print(sys.executable)' 2>&1) ||
      ${fail} ${exitStatus.noPython} ${version}": $py"
  `
}

const ownPython = (version: string): Fragment => sh`
  py=$(command -v ${version}) || ${fail} ${exitStatus.noPython} ${version}': not found'
`

const uvPython = (version: string): Fragment => sh`
  ${findUv}
  py=$("$uv" python find ${version} 2>/dev/null) || py=$("$uv" python install --quiet ${version} 2>&1 && "$uv" python find ${version} 2>&1) ||
    ${fail} ${exitStatus.noPython} ${version}": $py"
`

const findUv: Fragment = sh`
  uv=$(command -v uv) || uv=$HOME/.local/bin/uv
  [ -x "$uv" ] || ${fail} ${exitStatus.noTool} 'uv: not found'
`

/** Ends the step unless the tool is installed. Sets `$virtualenv` if that is the tool. */
export function requireTool({ tool, executive }: Pick<Venv['options'], 'tool' | 'executive'>): Fragment {
  const [program] = executive ?? []
  if (program !== undefined) return sh`command -v ${program} >/dev/null || ${fail} ${exitStatus.noTool} ${program}': not found'`
  if (tool === 'uv') return sh`:`
  if (tool === 'virtualenv') {
    return sh`
      if virtualenv=$(command -v virtualenv); then :
      elif "$py" -I -m virtualenv --version >/dev/null 2>&1; then virtualenv=
      else ${fail} ${exitStatus.noTool} 'virtualenv: not found'
      fi
    `
  }
  return sh`
    "$py" -I -c 'import venv, ensurepip; ensurepip.version()' 2>/dev/null || ${fail} ${exitStatus.noEnsurepip} "$py has no ensurepip"
  `
}
