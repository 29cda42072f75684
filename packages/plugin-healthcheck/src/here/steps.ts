import { setTimeout as pause } from 'node:timers/promises'
import { type CodeContext, type CodeStep, code, DragonfabError, sh } from '@dragonfab/core'
import { type Check, nameOf } from '../check.ts'
import { type HealthEnv, type Limits, limitsOf } from '../env.ts'
import { unhealthy } from '../failures.ts'
import { ask, type Outcome } from './ask.ts'

/** What is being asked in a run: hosts that ask the same at the same time (a balancer's address) share the answer. */
const asked = new WeakMap<AbortSignal, Map<string, Promise<Outcome>>>()

/** Asks from this machine for every host; a URL with \`%(host)s\` in it asks each. On the way back a failure is a warning. */
export function fromHere(check: Check, env: HealthEnv, at: { readonly signal: string; readonly undoing: boolean }): CodeStep {
  const limits = limitsOf(check, env)
  const { currentPath } = env
  const args = { ...check, ...limits }
  return code({ name: 'healthcheck', title: `health: ${nameOf(check)}`, args, warns: at.undoing }, async (context) => {
    // After a first release there is nothing to go back to.
    if (at.undoing && (await context.capture(sh`[ ! -d ${currentPath} ] || echo there`)).trim() === '') return
    const { well, said } = await together(context, JSON.stringify([at, args]), () => persist(check, limits, context))
    if (!well) throw new DragonfabError({ ...unhealthy, message: said })
    context.log(said)
  })
}

/** One try, told as a line of \`status\`. */
export function statusFromHere(check: Check, env: HealthEnv): CodeStep {
  const seconds = limitsOf(check, env).timeout
  return code(
    { name: 'healthcheck.status', title: `health: ${nameOf(check)}`, args: { ...check, timeout: seconds }, warns: true },
    async (context) => {
      const { said } = await together(context, JSON.stringify(['status', check]), () => ask(check, { ...context, seconds }))
      context.log(`${'health'.padEnd(10)} ${said}`)
    },
  )
}

function together({ signal }: CodeContext, key: string, act: () => Promise<Outcome>): Promise<Outcome> {
  const known = asked.get(signal) ?? new Map<string, Promise<Outcome>>()
  asked.set(signal, known)
  const answer = known.get(key) ?? act().finally(() => known.delete(key))
  known.set(key, answer)
  return answer
}

async function persist(check: Check, { retries, interval, timeout }: Limits, { directory, signal }: CodeContext): Promise<Outcome> {
  for (let tries = 1; ; tries++) {
    const outcome = await ask(check, { directory, signal, seconds: timeout })
    if (outcome.well) return outcome
    if (tries > retries) return tries === 1 ? outcome : { ...outcome, said: `${outcome.said} (tried ${tries} times)` }
    await pause(interval * 1000, undefined, { signal })
  }
}
