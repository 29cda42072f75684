import { hostTarget, localTarget, render, type Step, step } from '@dragonfab/core'
import type { Holes } from './holes.ts'
import { titleOf } from './phase-builder.ts'
import type { PlanHost } from './request.ts'

/** The name of a host's target, which several roles may share. */
export const targetOf = ({ name, target = name }: PlanHost): string => target

/** Hosts by target, in order. */
export function membersOf(hosts: readonly PlanHost[]): ReadonlyMap<string, readonly PlanHost[]> {
  const targets = new Map<string, PlanHost[]>()
  for (const host of hosts) targets.set(targetOf(host), [...(targets.get(targetOf(host)) ?? []), host])
  return targets
}

/** A step as text. Steps with equal text do the same. */
export function serializeStep(step: Step, host: string, holes: Holes): string {
  const target = step.target === 'local' ? localTarget : hostTarget(host)
  const text =
    step.kind === 'code'
      ? `${step.name} ${JSON.stringify(step.args)}`
      : render(step.text, (secret) => `"$${holes.assignName(target, secret)}"`)
  return JSON.stringify([
    step.kind,
    step.target,
    step.as ?? null,
    step.firstHost ?? false,
    step.detached ?? false,
    step.allowFailure ?? false,
    text,
  ])
}

export interface HostSteps {
  readonly host: PlanHost
  readonly steps: readonly Step[]
}

/**
 * The steps of one hook if roles share a target. A step that is equal for several roles runs once; one that only some roles have names them in
 * its title. A step that is left out is undefined, so that the others keep their positions.
 */
export function mergeSharedSteps(
  byHost: readonly HostSteps[],
  holes: Holes,
): readonly { readonly host: PlanHost; readonly steps: readonly (Step | undefined)[] }[] {
  const targets = membersOf(byHost.map(({ host }) => host))
  if (targets.size === byHost.length) return byHost
  const keys = new Map(
    byHost.map(({ host, steps }) => [host, numberRepeats(steps.map((each) => serializeStep(each, targetOf(host), holes)))] as const),
  )
  return byHost.map(({ host, steps }) => {
    const members = targets.get(targetOf(host)) ?? [host]
    if (members.length === 1) return { host, steps }
    const before = members.slice(0, members.indexOf(host))
    const has = (other: PlanHost, key: string): boolean => keys.get(other)?.includes(key) ?? false
    return {
      host,
      steps: steps.map((each, index): Step | undefined => {
        const key = keys.get(host)?.[index] ?? ''
        if (before.some((other) => has(other, key))) return undefined
        const owners = members.filter((other) => has(other, key))
        if (owners.length === members.length) return each
        return step(each, { title: `${owners.map(({ role, name }) => role ?? name).join('+')}: ${titleOf(each)}` })
      }),
    }
  })
}

/** If a hook returns a step twice, it runs twice. */
function numberRepeats(keys: readonly string[]): readonly string[] {
  return keys.map((key, index) => `${keys.slice(0, index).filter((other) => other === key).length} ${key}`)
}
