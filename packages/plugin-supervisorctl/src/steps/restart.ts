import { type Fragment, type Step, sh, step } from '@dragonfab/core'
import { groupsOf, programNamesOf, runFileName, type SupervisorEnv, sudoOptionsOf } from '../env.ts'
import { exitStatus, failures } from '../exit-statuses.ts'
import { doneBy, reread, takeOver } from '../shell/act-functions.ts'
import { act, ask, ctlFunctions, look, operands, rowsOf, unknownFunction } from '../shell/ctl.ts'
import { watchPrograms } from './watch.ts'

export interface RestartOptions {
  /** Whether to load the changed configuration of its groups. */
  readonly refresh: boolean
}

/** Restarts the programs and watches them; `refresh` by reread, stop, update and start. */
export function restartPrograms(env: SupervisorEnv, { refresh }: RestartOptions = env.supervisorctl): readonly Step[] {
  const name = programNamesOf(env).join(', ')
  return [
    step(noteProcesses(env), { title: `note the processes of ${name}`, failures, ...sudoOptionsOf(env) }),
    // If it were killed between stop and start, the programs would remain stopped.
    step(refresh ? refreshScript(env) : restartScript(env), {
      title: `${refresh ? 'refresh' : 'restart'} ${name}`,
      detached: true,
      failures,
      ...sudoOptionsOf(env),
    }),
    ...(env.supervisorctl.checkStatus ? [watchPrograms(env, { restarted: true })] : []),
    ...(refresh
      ? []
      : [
          step(staleConfScript(env), {
            title: `is the configuration of ${name} in use`,
            allowFailure: true,
            failures,
            ...sudoOptionsOf(env),
          }),
        ]),
  ]
}

/** Notes the processes that must not exist afterwards. */
function noteProcesses(env: SupervisorEnv): Fragment {
  return sh`
    ${ctlFunctions(env)}
    ${look}
    for want in ${programNamesOf(env)}; do ${rowsOf} "$want"; done >"$DF_RUN"/${runFileName(env, 'before')}
  `
}

/** Programs that supervisord does not know yet are loaded with their configuration. */
function restartScript(env: SupervisorEnv): Fragment {
  return sh`
    ${ctlFunctions(env)}
    ${look}
    ${operands} ${programNamesOf(env)}
    if [ -n "$lacking" ]; then
      echo "new to supervisord: $lacking"
      ${reread}
      ${takeOver} ${groupsOf(env)}
      ${look}
      before=$operands
      ${operands} ${programNamesOf(env)}
      [ -z "$lacking" ] || ${unknownFunction} "no $lacking"
      ${act} start $operands
      ${doneBy} ${programNamesOf(env)}
      operands=$before
    fi
    if [ -n "$operands" ]; then
      ${act} restart $operands
      ${doneBy} ${programNamesOf(env)}
    fi
  `
}

/** A wrong configuration is reported before anything is stopped. */
function refreshScript(env: SupervisorEnv): Fragment {
  return sh`
    ${ctlFunctions(env)}
    ${look}
    ${operands} ${programNamesOf(env)}
    ${reread}
    if [ -n "$operands" ]; then ${act} stop $operands; fi
    ${takeOver} ${groupsOf(env)}
    ${look}
    ${operands} ${programNamesOf(env)}
    [ -z "$lacking" ] || ${unknownFunction} "no $lacking"
    ${act} start $operands
    ${doneBy} ${programNamesOf(env)}
  `
}

/** A restart keeps the configuration that supervisord has: a changed command or environment would go unnoticed. */
function staleConfScript(env: SupervisorEnv): Fragment {
  return sh`
    ${ctlFunctions(env)}
    ${ask} reread
    for group in ${groupsOf(env)}; do
      printf '%s\n' "$answer" | grep -qxF -e "$group: changed" || continue
      echo "$group has changed"
      exit ${exitStatus.stale}
    done
  `
}
