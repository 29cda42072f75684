import { createHash } from 'node:crypto'
import type { Part, Plan, PlannedTask, Stretch } from '@dragonfab/plan'

/**
 * A plan for people and for grep: one header a script, `### web1 | release: publishing published | 812 bytes | sha256 …`, and under it exactly
 * the bytes that the host's session would evaluate. Stable: the same plan prints the same text.
 */
export function printPlan(plan: Plan): string {
  return [...head(plan), ...plan.tasks.flatMap(ofTask)].join('\n')
}

function head(plan: Plan): readonly string[] {
  const facts = [
    ...Object.entries(plan.facts.here).map(([name, value]) => `# fact ${name} = ${JSON.stringify(value)}`),
    ...Object.entries(plan.facts.hosts).flatMap(([host, known]) =>
      Object.entries(known).map(([name, value]) => `# fact ${name} of ${host} = ${JSON.stringify(value)}`),
    ),
  ]
  return [
    `# plan of ${plan.appName} · ${plan.environment} · ${plan.command.join(' ')}`,
    ...plan.hosts.map(
      (host) =>
        `# host ${host.name}${host.role === undefined ? '' : ` (${host.role})`}${host.sudoUser === undefined ? '' : ` as ${host.sudoUser}`}`,
    ),
    ...facts,
    ...plan.secrets.map(({ host, hole, label }) => `# secret ${hole} on ${host} is ${label}`),
    '',
  ]
}

function ofTask(task: PlannedTask): readonly string[] {
  const when = task.when === 'next' ? '' : ` (${task.when})`
  return [
    ...task.phases.flatMap((phase) => phase.stretches.flatMap((stretch) => ofStretch(stretch, `${task.name}${when}: ${phase.name}`))),
    ...task.phases
      .toReversed()
      .flatMap((phase) => phase.undo.flatMap((stretch) => ofStretch(stretch, `way back of ${task.name}: ${phase.name}`))),
    ...task.failed.flatMap((stretch) => ofStretch(stretch, `after a failure of ${task.name}`)),
  ]
}

function ofStretch(stretch: Stretch, place: string): readonly string[] {
  if (stretch.kind === 'here') return ofPart(stretch.part, 'this machine', place)
  return Object.entries(stretch.parts).flatMap(([host, parts]) => parts.flatMap((part) => ofPart(part, host, place)))
}

function ofPart(part: Part, host: string, place: string): readonly string[] {
  const as = part.as === undefined ? '' : ` | as ${part.as}`
  if (part.kind === 'code') {
    const [step] = part.steps
    return [`### ${host} | ${place} | code ${part.name}${as} | ${step.plugin}: ${step.title}`, JSON.stringify(part.args), '']
  }
  const hash = createHash('sha256').update(part.text).digest('hex').slice(0, 16)
  return [`### ${host} | ${place}${as} | ${Buffer.byteLength(part.text)} bytes | sha256 ${hash}`, part.text, '']
}
