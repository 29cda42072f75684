import { type Fragment, sh, shellFunction } from '@dragonfab/core'
import { exitStatus } from '../exit-statuses.ts'
import type { Venv } from '../venv.ts'

/** `cannot status words…`: ends the step. */
export const cannot = shellFunction('virtualenv_cannot', sh`status=$1; shift; printf '%s\n' "$*" >&2; exit "$status"`)

/**
 * Looks for Python. `$py` is the Python itself, not a shim before it; `$uv` is uv where that is the tool, also where
 * its installer puts it, which is not in the PATH of a session without a login. No settings of another venv are looked at.
 */
export function findPython({ tool, python: version }: Pick<Venv['options'], 'tool' | 'python'>): Fragment {
  return sh`
    unset PYTHONHOME PYTHONPATH VIRTUAL_ENV CONDA_PREFIX __PYVENV_LAUNCHER__ UV_PROJECT_ENVIRONMENT
    ${tool === 'uv' ? uvPython(version) : ownPython(version)}
    py=$("$py" -I -c 'import sys; sys.version_info >= (3, 6) or sys.exit("it is Python %s" % sys.version.split()[0]); print(sys.executable)' 2>&1) ||
      ${cannot} ${exitStatus.noPython} ${version}": $py"
  `
}

const ownPython = (wanted: string): Fragment => sh`
  py=$(command -v ${wanted}) || ${cannot} ${exitStatus.noPython} ${wanted}': not found'
`

const uvPython = (wanted: string): Fragment => sh`
  ${findUv}
  py=$("$uv" python find ${wanted} 2>/dev/null) || py=$("$uv" python install --quiet ${wanted} 2>&1 && "$uv" python find ${wanted} 2>&1) ||
    ${cannot} ${exitStatus.noPython} ${wanted}": $py"
`

const findUv: Fragment = sh`
  uv=$(command -v uv) || uv=$HOME/.local/bin/uv
  [ -x "$uv" ] || ${cannot} ${exitStatus.noTool} 'uv: not found'
`

/** Ends the step unless what makes a venv is there. Sets `virtualenv` for that tool. */
export function requireTool({ tool, executive }: Pick<Venv['options'], 'tool' | 'executive'>): Fragment {
  const [program] = executive ?? []
  if (program !== undefined) return sh`command -v ${program} >/dev/null || ${cannot} ${exitStatus.noTool} ${program}': not found'`
  if (tool === 'uv') return sh`:`
  if (tool === 'virtualenv') {
    return sh`
      if virtualenv=$(command -v virtualenv); then :
      elif "$py" -I -m virtualenv --version >/dev/null 2>&1; then virtualenv=
      else ${cannot} ${exitStatus.noTool} 'virtualenv: not found'
      fi
    `
  }
  return sh`
    "$py" -I -c 'import venv, ensurepip; ensurepip.version()' 2>/dev/null || ${cannot} ${exitStatus.noEnsurepip} "$py has no ensurepip"
  `
}
