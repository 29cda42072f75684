import { type Step, sh, step } from '@dragonfab/core'
import { failures, outcomes } from '../guards.ts'
import { python, toolIsThere } from '../shell/python.ts'
import type { BuildOptions } from '../venv.ts'
import { wordsOf } from '../words.ts'

type Checked = Pick<BuildOptions, 'tool' | 'executive' | 'python' | 'wheelhouse'>

/** For `check`: whether what makes a venv is there, and the wheelhouse where it lies outside of releases. */
export function check(options: Checked): Step {
  const executive = options.executive === undefined ? undefined : wordsOf(options.executive)
  const { wheelhouse } = options
  const text = sh`
    ${python(options)}
    ${toolIsThere({ tool: options.tool, executive })}
    ${wheelhouse?.startsWith('/') ? sh`[ -d ${wheelhouse} ] || cannot ${outcomes.noWheelhouse.status} ${wheelhouse}` : sh.raw('')}
  `
  return step(text, { title: `make a venv (${options.executive ?? options.tool})`, failures })
}
