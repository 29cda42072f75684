import { randomBytes } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeTarget, usageError } from '@dragonfab/core'
import type { Plan, PlanCode, PlannedPart, PlannedPhase, PlannedTask, Segment } from '@dragonfab/plan'
import type { Link } from '../hosts/link.ts'
import { describeFault, type Fault } from './fault.ts'
import { type InjectableFault, injectIntoCode, injectIntoScript } from './inject-fault.ts'
import { listSteps, matchesFilter, type PlacedStep } from './placed-steps.ts'

/** A fault, and the hosts on which it happened, once for each time. */
export interface FaultRecord {
  readonly fault: Fault
  readonly hosts: readonly string[]
}

/** The faults of one run. Injects them into the plan and counts how often each has happened. */
export class FaultInjector {
  readonly token: string = `dragonfab-testing-${randomBytes(12).toString('hex')}`
  readonly #faults: readonly Fault[]
  readonly #hooks: { readonly folder: string; readonly interrupt: () => void; readonly link: (host: string) => Link | undefined }

  constructor(
    faults: readonly Fault[],
    at: { readonly folder: string; readonly interrupt: () => void; readonly link: (host: string) => Link | undefined },
  ) {
    this.#faults = faults
    this.#hooks = at
  }

  listRecords(): readonly FaultRecord[] {
    return this.#faults.map((fault) => {
      const file = this.#file(fault)
      return { fault, hosts: existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [] }
    })
  }

  /** Whether a host cannot be connected to now. If a fault makes it unreachable, this counts as one occurrence. */
  isAway(host: string): boolean {
    return this.listRecords().some(({ fault, hosts }) => {
      const unreachable = fault.kind === 'unreachable' && (fault.host === undefined || fault.host === host)
      if (unreachable) this.#count(fault, host)
      return unreachable || (fault.kind === 'lost' && fault.back === false && hosts.includes(host))
    })
  }

  /** Returns the plan with the faults in it. */
  injectInto(plan: Plan, code: PlanCode): { readonly plan: Plan; readonly code: PlanCode } {
    const places = listSteps(plan)
    const texts = new Map<PlannedPart, string>()
    const steps = new Map(code.steps)
    for (const fault of this.#faults) {
      if (fault.kind === 'unreachable') continue
      for (const { target, part, step } of findTargets(fault, places)) {
        const host = describeTarget(target)
        if (part.kind === 'script') {
          const at = { host, file: this.#file(fault), token: this.token }
          texts.set(part, injectIntoScript(fault, texts.get(part) ?? part.text, step.index, at))
          continue
        }
        const { interrupt, link } = this.#hooks
        const found = steps.get(part.key)
        if (found)
          steps.set(part.key, injectIntoCode(fault, found, { interrupt, link: () => link(host), count: () => this.#count(fault, host) }))
      }
    }
    const changePart = (part: PlannedPart): PlannedPart => (part.kind === 'script' ? { ...part, text: texts.get(part) ?? part.text } : part)
    return { plan: mapParts(plan, changePart), code: { ...code, steps } }
  }

  #count(fault: Fault, host: string): void {
    appendFileSync(this.#file(fault), `${host}\n`)
  }

  #file(fault: Fault): string {
    return join(this.#hooks.folder, String(this.#faults.indexOf(fault)))
  }
}

/** The step of each host that gets the fault: the first that matches or, with `after`, the last one of the same phase. */
function findTargets(fault: InjectableFault, places: readonly PlacedStep[]): readonly PlacedStep[] {
  const possible = places.filter((place) => matchesFilter(fault, place) && (fault.kind === 'fails' || place.target.kind === 'host'))
  const hosts = [...new Set(possible.map((place) => describeTarget(place.target)))]
  if (!hosts.length) {
    throw usageError({
      code: 'FAULT_UNUSED',
      message: `no step of the plan matches ${describeFault(fault)}; its steps are:\n${[...new Set(places.map(describePlacedStep))].join('\n')}`,
    })
  }
  return hosts.flatMap((host) => {
    const own = possible.filter((place) => describeTarget(place.target) === host)
    const phase = own.filter((place) => place.phase === own[0]?.phase && place.task === own[0]?.task)
    return ('when' in fault && fault.when === 'after' ? phase.at(-1) : phase[0]) ?? []
  })
}

const describePlacedStep = ({ target, task, number, undoing, step }: PlacedStep): string =>
  `    ${describeTarget(target)}: ${task}, phase ${number}${undoing ? ', undoing' : ''}, ${step.signal}, ${step.plugin}: ${step.title}`

function mapParts(plan: Plan, changed: (part: PlannedPart) => PlannedPart): Plan {
  const segments = (all: readonly Segment[]): readonly Segment[] =>
    all.map(
      (segment): Segment =>
        segment.kind === 'local'
          ? { ...segment, part: changed(segment.part) }
          : { ...segment, parts: Object.fromEntries(Object.entries(segment.parts).map(([host, parts]) => [host, parts.map(changed)])) },
    )
  const tasks = plan.tasks.map(
    (task): PlannedTask => ({
      ...task,
      phases: task.phases.map((phase): PlannedPhase => ({ ...phase, segments: segments(phase.segments), undo: segments(phase.undo) })),
      failed: segments(task.failed),
    }),
  )
  return { ...plan, tasks }
}
