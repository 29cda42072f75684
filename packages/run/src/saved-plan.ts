import { isDeepStrictEqual } from 'node:util'
import { type Problem, usageError } from '@dragonfab/core'
import type { Plan, PlanCode, PlannedPart, Segment } from '@dragonfab/plan'
import { folderHash } from '@dragonfab/upload'
import type { Connection } from './connection.ts'
import { readFingerprint } from './fingerprint.ts'

/** Completes a plan for a file: adds the live state of each host, and hashes of the files that code steps will read on this machine. */
export async function savePlan(plan: Plan, code: PlanCode, connections: ReadonlyMap<string, Connection>): Promise<Plan> {
  const fingerprints = await Promise.all(
    plan.hosts.map(async (host) => {
      const connection = connections.get(host.name)
      const session = await connection?.session()
      // `fingerprint` reads the journal under `$DF_STATE`, which only a prepared session knows.
      await connection?.prepare(host, plan.run, new Map(), undefined)
      const fingerprint = connection && session ? await readFingerprint(connection, host.fingerprint) : undefined
      return [host.name, fingerprint ?? ''] as const
    }),
  )
  return { ...plan, inputs: hashInputs(plan, code), fingerprints: Object.fromEntries(fingerprints) }
}

/** Hashes the files that code steps will read, up to the first step on this machine, which may build files for later steps. */
function hashInputs(plan: Plan, code: PlanCode): Readonly<Record<string, string>> {
  const inputs: Record<string, string> = {}
  for (const part of listParts(plan)) {
    if (part.isLocal) break
    const hash = part.part.kind === 'code' ? code.steps.get(part.part.key)?.inputs?.(folderHash) : undefined
    if (hash !== undefined && part.part.kind === 'code') inputs[part.part.key] = hash
  }
  return inputs
}

function listParts(plan: Plan): readonly { readonly part: PlannedPart; readonly isLocal: boolean }[] {
  const partsOfSegment = (segment: Segment) =>
    segment.kind === 'local'
      ? [{ part: segment.part, isLocal: true }]
      : Object.values(segment.parts).flatMap((parts) => parts.map((part) => ({ part, isLocal: false })))
  return plan.tasks.flatMap((task) => task.phases.flatMap((phase) => phase.segments.flatMap(partsOfSegment)))
}

/**
 * Compares a saved plan with the plan that the configuration makes today from the same facts. The saved scripts will run. But the functions
 * of code steps exist only in the configuration, so code steps must be the same, and so must the secrets that fill the holes.
 */
export function matchSavedPlan(saved: Plan, today: { readonly plan: Plan; readonly code: PlanCode }): void {
  const problems: Problem[] = []
  const reportDifference = (subject: string): void => {
    problems.push({
      code: 'PLAN_CODE_DIFFERS',
      message: `${subject} has changed since the plan was made`,
      remedy: 'make a new plan with --plan-out',
    })
  }
  const codeOf = (plan: Plan) => [...listParts(plan), ...listUndoParts(plan)].flatMap(({ part }) => (part.kind === 'code' ? [part] : []))
  const [savedParts, currentParts] = [codeOf(saved), codeOf(today.plan)]
  const same = new Map(currentParts.map((part) => [part.key, part]))
  for (const part of savedParts) {
    const found = same.get(part.key)
    if (
      !found ||
      found.name !== part.name ||
      found.hash !== part.hash ||
      !isDeepStrictEqual(normalizeJson(found.args), normalizeJson(part.args))
    )
      reportDifference(`the code step ${part.name}`)
  }
  if (savedParts.length !== currentParts.length) reportDifference('the number of code steps')
  if (!isDeepStrictEqual(normalizeJson(saved.secrets), normalizeJson(today.plan.secrets))) reportDifference('the list of secrets')
  if (!isDeepStrictEqual(normalizeJson(saved.hosts), normalizeJson(today.plan.hosts)))
    reportDifference('the list of hosts, or a path of theirs,')
  const inputs = hashInputs(today.plan, today.code)
  for (const [key, hash] of Object.entries(saved.inputs ?? {})) {
    if (inputs[key] !== hash)
      reportDifference(`a file that ${savedParts.find((part) => part.key === key)?.name ?? key} reads on this machine`)
  }
  if (problems.length) throw usageError(problems)
}

function listUndoParts(plan: Plan): readonly { readonly part: PlannedPart }[] {
  const partsOfSegment = (segment: Segment) =>
    segment.kind === 'local' ? [{ part: segment.part }] : Object.values(segment.parts).flatMap((parts) => parts.map((part) => ({ part })))
  return plan.tasks.flatMap((task) => [
    ...task.phases.flatMap((phase) => phase.undo.flatMap(partsOfSegment)),
    ...task.failed.flatMap(partsOfSegment),
  ])
}

const normalizeJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null))

/** Reads a file that `--plan-out` wrote. */
export function parsePlan(text: string, file: string): Plan {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw usageError({
      code: 'BAD_PLAN',
      message: `${file} is not JSON`,
      cause: error instanceof Error ? error.message : undefined,
      remedy: 'make a new plan with --plan-out',
    })
  }
  const plan = value as Partial<Plan> | null
  if (
    plan?.format !== 2 ||
    !Array.isArray(plan.tasks) ||
    !Array.isArray(plan.hosts) ||
    !Array.isArray(plan.libraries) ||
    typeof plan.run !== 'string'
  ) {
    throw usageError({
      code: 'BAD_PLAN',
      message: `${file} is not a plan for this version of dragonfab`,
      remedy: 'make a new plan with --plan-out',
    })
  }
  return plan as Plan
}
