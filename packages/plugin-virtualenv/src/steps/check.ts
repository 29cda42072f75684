import { type Step, sh, step } from '@dragonfab/core'
import { exitStatus, failures } from '../exit-statuses.ts'
import { fail, findPython, requireTool } from '../shell/python.ts'
import type { BuildOptions } from '../venv.ts'
import { splitWords } from '../words.ts'

type CheckOptions = Pick<BuildOptions, 'tool' | 'executive' | 'python' | 'wheelhouse'>

/** For `check`: whether the tool is installed, and the wheelhouse exists if it is outside of releases. */
export function checkVenv(options: CheckOptions): Step {
  const executive = options.executive === undefined ? undefined : splitWords(options.executive)
  const { wheelhouse } = options
  const text = sh`
    ${findPython(options)}
    ${requireTool({ tool: options.tool, executive })}
    ${wheelhouse?.startsWith('/') ? sh`[ -d ${wheelhouse} ] || ${fail} ${exitStatus.noWheelhouse} ${wheelhouse}` : sh.raw('')}
  `
  return step(text, { title: `can a venv be created (${options.executive ?? options.tool})`, failures })
}

/** Before a rollback switches: checks that its target still has its venv. A release that never had one is fine. */
export function verifyVenv(path: string): Step {
  const text = sh`
    venv=${path}
    if [ -L "$venv" ] && [ ! -x "$venv/bin/python" ]; then
      printf '%s\n' "$venv" >&2
      exit ${exitStatus.gone}
    fi
  `
  return step(text, { title: 'does the venv exist', failures })
}
