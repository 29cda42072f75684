import { setTimeout as pause } from 'node:timers/promises'
import { type CodeContext, type CodeStep, code, DragonfabError, sh } from '@dragonfab/core'
import { type Check, nameOf } from '../check.ts'
import { unhealthyProblem } from '../exit-statuses.ts'
import { type HealthEnv, type Limits, limitsOf } from '../options.ts'
import { ask, type TryResult } from './try-check.ts'

/** Asks from this machine for every host; a URL with \`%(host)s\` in it asks each. On the way back a failure is a warning. */
export function checkLocally(check: Check, env: HealthEnv, at: { readonly signal: string; readonly undoing: boolean }): CodeStep {
  const limits = limitsOf(check, env)
  const { currentPath } = env
  const args = { ...check, ...limits }
  return code({ name: 'healthcheck', title: `health: ${nameOf(check)}`, args, allowFailure: at.undoing }, async (context) => {
    // After a first release there is nothing to go back to.
    if (at.undoing && (await context.capture(sh`[ ! -d ${currentPath} ] || echo there`)).trim() === '') return
    const { healthy, message } = await shareAnswer(context, JSON.stringify([at, args]), () => retryCheck(check, limits, context))
    if (!healthy) throw new DragonfabError({ ...unhealthyProblem, message: message })
    context.log(message)
  })
}

/** One try, told as a line of \`status\`. */
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

/** Hosts that ask the same at the same time (a balancer's address) share the answer. */
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
