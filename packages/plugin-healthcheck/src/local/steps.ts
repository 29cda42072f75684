import { setTimeout as pause } from 'node:timers/promises'
import { type CodeContext, type CodeStep, code, DragonfabError, sh } from '@dragonfab/core'
import { type Check, nameOf } from '../check.ts'
import { unhealthyProblem } from '../exit-statuses.ts'
import { type HealthEnv, type Limits, limitsOf } from '../options.ts'
import { ask, type TryResult } from './try-check.ts'

/** Checks from this machine for every host; a URL with `%(host)s` in it reaches each. While a run is undone, a failure is a warning. */
export function checkLocally(check: Check, env: HealthEnv, at: { readonly signal: string; readonly undoing: boolean }): CodeStep {
  const limits = limitsOf(check, env)
  const { currentPath } = env
  const args = { ...check, ...limits }
  return code({ name: 'healthcheck', title: `health: ${nameOf(check)}`, args, allowFailure: at.undoing }, async (context) => {
    // After the undo of a first release, no program runs.
    if (at.undoing && (await context.capture(sh`[ ! -d ${currentPath} ] || echo yes`)).trim() === '') return
    const { healthy, message } = await shareAnswer(context, JSON.stringify([at, args]), () => retryCheck(check, limits, context))
    if (!healthy) throw new DragonfabError({ ...unhealthyProblem, message })
    context.log(message)
  })
}

/** Tries once, and prints a line of `status`. */
export function showLocalStatus(check: Check, env: HealthEnv): CodeStep {
  const seconds = limitsOf(check, env).timeout
  return code(
    { name: 'healthcheck.status', title: `health: ${nameOf(check)}`, args: { ...check, timeout: seconds }, allowFailure: true },
    async (context) => {
      const { message } = await shareAnswer(context, JSON.stringify(['status', check]), () => ask(check, { ...context, seconds }))
      context.log(`${'health'.padEnd(10)} ${message}`)
    },
  )
}

/** Hosts with the same check at the same time (the address of a load balancer) share the answer. */
function shareAnswer({ run }: CodeContext, key: string, act: () => Promise<TryResult>): Promise<TryResult> {
  const name = `healthcheck ${key}`
  return run.once(name, () => act().finally(() => run.forget(name)))
}

async function retryCheck(
  check: Check,
  { retries, interval, timeout }: Limits,
  { local, directory, signal }: CodeContext,
): Promise<TryResult> {
  for (let tries = 1; ; tries++) {
    const result = await ask(check, { local, directory, signal, seconds: timeout })
    if (result.healthy) return result
    if (tries > retries) return tries === 1 ? result : { ...result, message: `${result.message} (tried ${tries} times)` }
    await pause(interval * 1000, undefined, { signal })
  }
}
