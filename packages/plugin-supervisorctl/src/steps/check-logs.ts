import { type Step, sh, step } from '@dragonfab/core'
import type { SupervisorEnv } from '../env.ts'
import { exitStatus, failures } from '../exit-statuses.ts'

/**
 * Warns if a configuration in the project on this machine lets programs log into shared/. supervisord writes logs as its own user, usually
 * root, and would follow a link that the application puts there.
 */
export function checkLogs({ sharedPath }: Pick<SupervisorEnv, 'sharedPath'>): Step {
  const text = sh`
    found=
    for each in *.conf */*.conf; do
      [ -f "$each" ] || continue
      if grep -E '^[[:space:]]*(stdout|stderr)_logfile[[:space:]]*=' "$each" | grep -qF -e ${`${sharedPath}/`} -e '/shared/'; then
        found="$found; $each logs into shared/, where supervisord would write as root"
      fi
    done
    [ -z "$found" ] || { echo "\${found#; }" >&2; exit ${exitStatus.logs}; }
  `
  return step(text, { title: 'logs of programs in the project', target: 'local', allowFailure: true, failures })
}
