import { type Step, sh, step } from '@dragonfab/core'
import { programNamesOf, type SupervisorEnv, sudoOptionsOf } from '../env.ts'
import { failures } from '../exit-statuses.ts'
import { doneBy } from '../shell/act-functions.ts'
import { act, ctlFunctions, look, operands, unknownFunction } from '../shell/ctl.ts'
import { watchPrograms } from './watch.ts'

export function startPrograms(env: SupervisorEnv): readonly Step[] {
  return [
    step(actScript(env, 'start'), { title: `start ${programNamesOf(env).join(', ')}`, failures, ...sudoOptionsOf(env) }),
    ...(env.supervisorctl.checkStatus ? [watchPrograms(env, { restarted: false })] : []),
  ]
}

export function stopPrograms(env: SupervisorEnv): Step {
  return step(actScript(env, 'stop'), { title: `stop ${programNamesOf(env).join(', ')}`, failures, ...sudoOptionsOf(env) })
}

function actScript(env: SupervisorEnv, verb: 'start' | 'stop') {
  return sh`
    ${ctlFunctions(env)}
    ${look}
    ${operands} ${programNamesOf(env)}
    [ -z "$lacking" ] || ${unknownFunction} "no $lacking"
    ${act} ${verb} $operands
    ${doneBy} ${programNamesOf(env)}
  `
}
