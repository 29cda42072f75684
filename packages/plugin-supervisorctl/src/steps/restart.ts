import { type Fragment, type Step, sh, step } from '@dragonfab/core'
import { asOf, groupsOf, kept, type SupervisorEnv, wantedOf } from '../env.ts'
import { failures, outcomes } from '../outcomes.ts'
import { act, ask, ctl, look, operands, rowsOf, unknown } from '../shell/ctl.ts'
import { doneBy, reread, takeOver } from './acting.ts'
import { watch } from './watch.ts'

export interface How {
  /** Take over what changed in the configuration of its own groups. */
  readonly refresh: boolean
}

/** Restarts the programs and watches them; `refresh` by reread, stop, update and start. */
export function restart(env: SupervisorEnv, { refresh }: How = env.supervisorctl): readonly Step[] {
  const name = wantedOf(env).join(', ')
  return [
    step(before(env), { title: `what runs of ${name}`, failures, ...asOf(env) }),
    // Killed between stop and start it would leave the programs stopped.
    step(refresh ? refreshing(env) : restarting(env), {
      title: `${refresh ? 'refresh' : 'restart'} ${name}`,
      survives: true,
      failures,
      ...asOf(env),
    }),
    ...(env.supervisorctl.checkStatus ? [watch(env, { restarted: true })] : []),
    ...(refresh ? [] : [step(stale(env), { title: `is the configuration of ${name} in use`, warns: true, failures, ...asOf(env) })]),
  ]
}

/** Which processes must not be there afterwards. */
function before(env: SupervisorEnv): Fragment {
  return sh`
    ${ctl(env)}
    ${look}
    for want in ${wantedOf(env)}; do ${rowsOf} "$want"; done >"$RUN"/${kept(env, 'before')}
  `
}

/** What supervisord does not have yet, or not any more, comes with its configuration. */
function restarting(env: SupervisorEnv): Fragment {
  return sh`
    ${ctl(env)}
    ${look}
    ${operands} ${wantedOf(env)}
    if [ -n "$lacking" ]; then
      echo "new to supervisord: $lacking"
      ${reread}
      ${takeOver} ${groupsOf(env)}
      ${look}
      before=$operands
      ${operands} ${wantedOf(env)}
      [ -z "$lacking" ] || ${unknown} "no $lacking"
      ${act} start $operands
      ${doneBy} ${wantedOf(env)}
      operands=$before
    fi
    if [ -n "$operands" ]; then
      ${act} restart $operands
      ${doneBy} ${wantedOf(env)}
    fi
  `
}

/** What is wrong with the configuration is found out before anything is stopped. */
function refreshing(env: SupervisorEnv): Fragment {
  return sh`
    ${ctl(env)}
    ${look}
    ${operands} ${wantedOf(env)}
    ${reread}
    if [ -n "$operands" ]; then ${act} stop $operands; fi
    ${takeOver} ${groupsOf(env)}
    ${look}
    ${operands} ${wantedOf(env)}
    [ -z "$lacking" ] || ${unknown} "no $lacking"
    ${act} start $operands
    ${doneBy} ${wantedOf(env)}
  `
}

/** A restart keeps the configuration that supervisord has: a changed command or environment would go unnoticed. */
function stale(env: SupervisorEnv): Fragment {
  return sh`
    ${ctl(env)}
    ${ask} reread
    for group in ${groupsOf(env)}; do
      printf '%s\n' "$said" | grep -qxF -e "$group: changed" || continue
      echo "$group has changed"
      exit ${outcomes.stale.status}
    done
  `
}
