import type { Plan } from '@dragonfab/plan'
import { visible } from '../reporter/escape.ts'
import type { Context } from './context.ts'
import { printPlan } from './print-plan.ts'

/** A plan on stdout: for people, or with `--json` as one event. */
export function showPlan(plan: Plan, { invocation, streams: { out } }: Pick<Context, 'invocation' | 'streams'>): void {
  const text = invocation.options.json ? `${JSON.stringify({ type: 'plan', time: Date.now(), plan })}\n` : printPlan(plan)
  // A pipe gets the bytes that would be evaluated; a terminal must not obey what a repository named its branch.
  out.write(out.isTerminal ? visible(text) : text)
}
