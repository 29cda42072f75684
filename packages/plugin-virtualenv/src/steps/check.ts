import { type Step, sh, step } from '@dragonfab/core'
import { exitStatus, failures } from '../exit-statuses.ts'
import { cannot, findPython, requireTool } from '../shell/python.ts'
import type { BuildOptions } from '../venv.ts'
import { splitWords } from '../words.ts'

type CheckOptions = Pick<BuildOptions, 'tool' | 'executive' | 'python' | 'wheelhouse'>

/** For `check`: whether what makes a venv is there, and the wheelhouse where it lies outside of releases. */
export function checkVenv(options: CheckOptions): Step {
  const executive = options.executive === undefined ? undefined : splitWords(options.executive)
  const { wheelhouse } = options
  const text = sh`
    ${findPython(options)}
    ${requireTool({ tool: options.tool, executive })}
    ${wheelhouse?.startsWith('/') ? sh`[ -d ${wheelhouse} ] || ${cannot} ${exitStatus.noWheelhouse} ${wheelhouse}` : sh.raw('')}
  `
  return step(text, { title: `make a venv (${options.executive ?? options.tool})`, failures })
}
