import { createHash } from 'node:crypto'
import { describeTarget, hostTarget, localTarget, type StepTarget } from '@dragonfab/core'
import type { Library, Plan, PlannedPart, PlannedTask, Segment } from '@dragonfab/plan'
import { escapeControls } from '../reporter/text.ts'
import type { CommandContext } from './context.ts'

/** Prints a plan on stdout: for people, or with `--json` as one event. */
export function showPlan(plan: Plan, { invocation, streams: { out } }: Pick<CommandContext, 'invocation' | 'streams'>): void {
  const text = invocation.options.json ? `${JSON.stringify({ type: 'plan', time: Date.now(), plan })}\n` : printPlan(plan)
  // A pipe receives the exact bytes of the scripts. On a terminal, control characters (in the name of a branch) must have no effect.
  out.write(out.isTerminal ? escapeControls(text) : text)
}

/**
 * A plan for people and for grep: each script has a header, `### web1 | release: publishing published | 812 bytes | sha256 …`, followed by
 * exactly the bytes that the host's session would evaluate. The functions that scripts use come last, as a reference. The same plan always
 * prints the same text.
 */
function printPlan(plan: Plan): string {
  return [...printHead(plan), ...plan.tasks.flatMap(printTask), ...plan.libraries.flatMap(printLibrary), ''].join('\n')
}

function printHead(plan: Plan): readonly string[] {
  const facts = [
    ...Object.entries(plan.facts.local).map(([name, value]) => `# fact ${name} = ${JSON.stringify(value)}`),
    ...Object.entries(plan.facts.hosts).flatMap(([host, known]) => {
      const values = Object.entries(known).map(([name, value]) => `${name} = ${JSON.stringify(value)}`)
      return values.length > 0 ? [`# facts of ${host}: ${values.join(', ')}`] : []
    }),
  ]
  return [
    `# plan of ${plan.appName} · ${plan.environment} · ${plan.command.join(' ')}`,
    ...plan.hosts.map(
      (host) =>
        `# host ${host.name}${host.role === undefined ? '' : ` (${host.role})`}${host.sudoUser === undefined ? '' : ` as ${host.sudoUser}`}`,
    ),
    ...facts,
    ...plan.secrets.map(({ target, hole, label }) => `# secret ${hole} on ${describeTarget(target)} is ${label}`),
  ]
}

function printLibrary({ targets, functions }: Library): readonly string[] {
  const text = functions.map((each) => each.text).join('\n')
  return [`### ${targets.map(describeTarget).join(' ')} | functions | ${measure(text)}`, text]
}

function printTask(task: PlannedTask): readonly string[] {
  const when = task.when === 'next' ? '' : ` (${task.when})`
  return [
    ...task.phases.flatMap((phase) => phase.segments.flatMap((segment) => printSegment(segment, `${task.name}${when}: ${phase.name}`))),
    ...task.phases
      .toReversed()
      .flatMap((phase) => phase.undo.flatMap((segment) => printSegment(segment, `undo of ${task.name}: ${phase.name}`))),
    ...task.failed.flatMap((segment) => printSegment(segment, `after a failure of ${task.name}`)),
  ]
}

function printSegment(segment: Segment, place: string): readonly string[] {
  if (segment.kind === 'local') return printPart(segment.part, localTarget, place)
  return Object.entries(segment.parts).flatMap(([host, parts]) => parts.flatMap((part) => printPart(part, hostTarget(host), place)))
}

function measure(text: string): string {
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16)
  return `${Buffer.byteLength(text)} bytes | sha256 ${hash}`
}

function printPart(part: PlannedPart, target: StepTarget, place: string): readonly string[] {
  const as = part.as === undefined ? '' : ` | as ${part.as}`
  if (part.kind === 'code') {
    const [step] = part.steps
    return [`### ${describeTarget(target)} | ${place} | code ${part.name}${as} | ${step.plugin}: ${step.title}`, JSON.stringify(part.args)]
  }
  const uses = part.uses ? ` | uses ${part.uses.join(' ')}` : ''
  return [`### ${describeTarget(target)} | ${place}${as} | ${measure(part.text)}${uses}`, part.text]
}
