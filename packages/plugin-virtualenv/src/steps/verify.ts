import { type Step, sh, step } from '@dragonfab/core'
import { exitStatus, failures } from '../exit-statuses.ts'

/** Before a rollback switches: whether the release that it leads to still has its venv. A release that never had one is not asked. */
export function verifyVenv(path: string): Step {
  const text = sh`
    venv=${path}
    if [ -L "$venv" ] && [ ! -x "$venv/bin/python" ]; then
      printf '%s\n' "$venv" >&2
      exit ${exitStatus.gone}
    fi
  `
  return step(text, { title: 'is its venv there', failures })
}
