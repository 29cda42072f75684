import { type Step, sh, step } from '@dragonfab/core'
import { type Check, nameOf } from '../check.ts'
import { exitStatus, failures } from '../exit-statuses.ts'
import { type HealthEnv, limitsOf } from '../options.ts'
import { toolFor, tryScripts } from './try-check.ts'

/** Checks on every host, and retries until the check succeeds or its retries are used up. While a run is undone, a failure is a warning. */
export function checkOnHost(check: Check, env: HealthEnv, undoing: boolean): Step {
  const { retries, interval, timeout } = limitsOf(check, env)
  const { begin, attempt } = tryScripts(check, env.currentPath)
  const text = sh`
    timeout=${timeout} tries=0
    ${begin}
    until ${attempt}; do
      tries=$((tries + 1))
      if [ "$tries" -gt ${retries} ]; then
        [ "$tries" = 1 ] || result="$result (tried $tries times)"
        printf '%s\n' "$result" >&2
        exit ${exitStatus.unhealthy}
      fi
      sleep ${interval}
    done
    printf '%s\n' "$result"
  `
  return step(text, { title: `health: ${nameOf(check)}`, allowFailure: undoing, failures })
}

/** Tries once, and prints a line of `status`. */
export function showHostStatus(check: Check, env: HealthEnv): Step {
  const { begin, attempt } = tryScripts(check, env.currentPath)
  const text = sh`
    timeout=${limitsOf(check, env).timeout}
    ${begin}
    ${attempt} || :
    printf '%-10s %s\n' health "$result"
  `
  return step(text, { title: `health: ${nameOf(check)}`, allowFailure: true })
}

/** For `check`: whether the host has the programs that the checks need. */
export function checkTools(checks: readonly Check[]): Step | undefined {
  const kinds = [...new Set(checks.filter(({ target }) => target === 'host').map(({ kind }) => kind))]
  const texts = kinds.flatMap((kind) => toolFor(kind) ?? [])
  return texts.length ? step(sh.join(texts), { title: 'are the programs for health checks installed', failures }) : undefined
}
