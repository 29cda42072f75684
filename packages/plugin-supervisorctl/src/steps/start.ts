import { type Step, sh, step } from '@dragonfab/core'
import { asOf, type SupervisorEnv, wantedOf } from '../env.ts'
import { failures } from '../outcomes.ts'
import { act, ctl, look, operands, unknown } from '../shell/ctl.ts'
import { doneBy } from './acting.ts'
import { watch } from './watch.ts'

export function start(env: SupervisorEnv): readonly Step[] {
  return [
    step(told(env, 'start'), { title: `start ${wantedOf(env).join(', ')}`, failures, ...asOf(env) }),
    ...(env.supervisorctl.checkStatus ? [watch(env, { restarted: false })] : []),
  ]
}

export function stop(env: SupervisorEnv): Step {
  return step(told(env, 'stop'), { title: `stop ${wantedOf(env).join(', ')}`, failures, ...asOf(env) })
}

function told(env: SupervisorEnv, verb: 'start' | 'stop') {
  return sh`
    ${ctl(env)}
    ${look}
    ${operands} ${wantedOf(env)}
    [ -z "$lacking" ] || ${unknown} "no $lacking"
    ${act} ${verb} $operands
    ${doneBy} ${wantedOf(env)}
  `
}
