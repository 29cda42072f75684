import { type Step, sh, step } from '@dragonfab/core'
import { groupsOf, type SupervisorEnv } from '../env.ts'
import { exitStatus, failures } from '../exit-statuses.ts'

/**
 * Whether the release that will be live has the configuration, with at least one of the programs in it. A program that is missing is reported
 * when supervisord is asked for it.
 */
export function checkConf(env: SupervisorEnv & { readonly releasePath: string }): Step {
  const file = `${env.releasePath}/${env.supervisorctl.conf}`
  const text = sh`
    [ -f ${file} ] || { echo 'it has no' ${env.supervisorctl.conf}; exit ${exitStatus.noConf}; }
    [ -r ${file} ] || { echo ${env.supervisorctl.conf} 'cannot be read'; exit ${exitStatus.noConf}; }
    has=$(sed -n 's/^\[[A-Za-z-]*:\([^]]*\)\].*$/\1/p' ${file})
    for group in ${groupsOf(env)}; do
      printf '%s\n' "$has" | grep -qxF -e "$group" && exit 0
    done
    echo ${env.supervisorctl.conf} 'has no program or group' ${groupsOf(env)}
    exit ${exitStatus.noConf}
  `
  return step(text, { title: `does the release have ${env.supervisorctl.conf}`, failures })
}
