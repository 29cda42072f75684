import { isDeepStrictEqual } from 'node:util'
import { type Problem, usageError } from '@dragonfab/core'
import type { Part, Plan, PlanCode, Stretch } from '@dragonfab/plan'
import { folderHash } from '@dragonfab/upload'
import type { Connection } from './connection.ts'
import { askStanding } from './standing.ts'

/** A plan as it is written to a file: with what each host runs now, and hashes of what code steps will read on this machine. */
export async function savePlan(plan: Plan, code: PlanCode, connections: ReadonlyMap<string, Connection>): Promise<Plan> {
  const standing = await Promise.all(
    plan.hosts.map(async (host) => {
      const connection = connections.get(host.name)
      const session = await connection?.session()
      // `standing` reads the journal under `$STATE`, which only a prepared session knows.
      await connection?.prepare(host, plan.run, new Map(), undefined)
      const said = connection && session ? await askStanding(connection, host.standing) : undefined
      return [host.name, said ?? ''] as const
    }),
  )
  return { ...plan, inputs: inputsOf(plan, code), standing: Object.fromEntries(standing) }
}

/** What code steps will read. Where a step on this machine comes before, it may build what is read, so nothing can be said yet. */
function inputsOf(plan: Plan, code: PlanCode): Readonly<Record<string, string>> {
  const inputs: Record<string, string> = {}
  for (const part of partsOf(plan)) {
    if (part.here) break
    const hash = part.part.kind === 'code' ? code.steps.get(part.part.key)?.inputs?.(folderHash) : undefined
    if (hash !== undefined && part.part.kind === 'code') inputs[part.part.key] = hash
  }
  return inputs
}

function partsOf(plan: Plan): readonly { readonly part: Part; readonly here: boolean }[] {
  const ofStretch = (stretch: Stretch) =>
    stretch.kind === 'here'
      ? [{ part: stretch.part, here: true }]
      : Object.values(stretch.parts).flatMap((parts) => parts.map((part) => ({ part, here: false })))
  return plan.tasks.flatMap((task) => task.phases.flatMap((phase) => phase.stretches.flatMap(ofStretch)))
}

/**
 * A saved plan beside the plan that the configuration makes today from the same facts. The scripts of the saved one are what will
 * run; code steps have only their function here, so they must be the same, and so must what fills the secrets' holes.
 */
export function matchSavedPlan(saved: Plan, today: { readonly plan: Plan; readonly code: PlanCode }): void {
  const problems: Problem[] = []
  const differs = (what: string): void => {
    problems.push({
      code: 'PLAN_CODE_DIFFERS',
      message: `${what} is not what the plan was made with`,
      remedy: 'make a new plan: --plan-out',
    })
  }
  const codeOf = (plan: Plan) => [...partsOf(plan), ...backOf(plan)].flatMap(({ part }) => (part.kind === 'code' ? [part] : []))
  const [then, now] = [codeOf(saved), codeOf(today.plan)]
  const same = new Map(now.map((part) => [part.key, part]))
  for (const part of then) {
    const found = same.get(part.key)
    if (!found || found.name !== part.name || found.hash !== part.hash || !isDeepStrictEqual(json(found.args), json(part.args)))
      differs(`the code step ${part.name}`)
  }
  if (then.length !== now.length) differs('the number of code steps')
  if (!isDeepStrictEqual(json(saved.secrets), json(today.plan.secrets))) differs('the list of secrets')
  if (!isDeepStrictEqual(json(saved.hosts), json(today.plan.hosts))) differs('the list of hosts, or where they work')
  const inputs = inputsOf(today.plan, today.code)
  for (const [key, hash] of Object.entries(saved.inputs ?? {})) {
    if (inputs[key] !== hash) differs(`what ${then.find((part) => part.key === key)?.name ?? key} reads on this machine`)
  }
  if (problems.length) throw usageError(problems)
}

function backOf(plan: Plan): readonly { readonly part: Part }[] {
  const ofStretch = (stretch: Stretch) =>
    stretch.kind === 'here' ? [{ part: stretch.part }] : Object.values(stretch.parts).flatMap((parts) => parts.map((part) => ({ part })))
  return plan.tasks.flatMap((task) => [...task.phases.flatMap((phase) => phase.undo.flatMap(ofStretch)), ...task.failed.flatMap(ofStretch)])
}

const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null))

/** Reads what `--plan-out` wrote. */
export function parsePlan(text: string, file: string): Plan {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw usageError({
      code: 'BAD_PLAN',
      message: `${file} is not JSON`,
      cause: error instanceof Error ? error.message : undefined,
      remedy: 'make a new plan: --plan-out',
    })
  }
  const plan = value as Partial<Plan> | null
  if (plan?.format !== 1 || !Array.isArray(plan.tasks) || !Array.isArray(plan.hosts) || typeof plan.run !== 'string') {
    throw usageError({
      code: 'BAD_PLAN',
      message: `${file} is not a plan of this version of dragonfab`,
      remedy: 'make a new plan: --plan-out',
    })
  }
  return plan as Plan
}
