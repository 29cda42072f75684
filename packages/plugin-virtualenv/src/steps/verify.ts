import { type Step, sh, step } from '@dragonfab/core'
import { exitCases, failures } from '../exit-statuses.ts'

/** Before a rollback switches: whether the release that it leads to still has its venv. A release that never had one is not asked. */
export function verifyVenv(path: string): Step {
  const text = sh`
    venv=${path}
    if [ -L "$venv" ] && [ ! -x "$venv/bin/python" ]; then
      printf '%s\n' "$venv" >&2
      exit ${exitCases.gone.status}
    fi
  `
  return step(text, { title: 'is its venv there', failures })
}
