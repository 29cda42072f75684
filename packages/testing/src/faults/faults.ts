import { randomBytes } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { usageError } from '@dragonfab/core'
import { here, type Part, type Plan, type PlanCode, type Stretch } from '@dragonfab/plan'
import type { Link } from '../hosts/link.ts'
import { describe, type Fault } from './fault.ts'
import { faultyCode, faultyScript, type StepFault } from './injected.ts'
import { isAt, type PlacedStep, placesOf } from './places.ts'

/** A fault, and the hosts on which it happened, once for each time. */
export interface Happened {
  readonly fault: Fault
  readonly hosts: readonly string[]
}

/** The faults of one run: puts them into what is run, and counts how often each has happened. */
export class Faults {
  readonly token: string = `dragonfab-testing-${randomBytes(12).toString('hex')}`
  readonly #faults: readonly Fault[]
  readonly #at: { readonly folder: string; readonly interrupt: () => void; readonly link: (host: string) => Link | undefined }

  constructor(
    faults: readonly Fault[],
    at: { readonly folder: string; readonly interrupt: () => void; readonly link: (host: string) => Link | undefined },
  ) {
    this.#faults = faults
    this.#at = at
  }

  happened(): readonly Happened[] {
    return this.#faults.map((fault) => {
      const file = this.#file(fault)
      return { fault, hosts: existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [] }
    })
  }

  /** Whether a host cannot be connected to now; counted where that is the fault itself. */
  away(host: string): boolean {
    return this.happened().some(({ fault, hosts }) => {
      const unreachable = fault.kind === 'unreachable' && (fault.host === undefined || fault.host === host)
      if (unreachable) this.#count(fault, host)
      return unreachable || (fault.kind === 'lost' && fault.back === false && hosts.includes(host))
    })
  }

  /** The plan with the faults in it. */
  into(plan: Plan, code: PlanCode): { readonly plan: Plan; readonly code: PlanCode } {
    const places = placesOf(plan)
    const texts = new Map<Part, string>()
    const steps = new Map(code.steps)
    for (const fault of this.#faults) {
      if (fault.kind === 'unreachable') continue
      for (const { host, part, step } of targets(fault, places)) {
        if (part.kind === 'script') {
          const at = { host, file: this.#file(fault), token: this.token }
          texts.set(part, faultyScript(fault, texts.get(part) ?? part.text, step.index, at))
          continue
        }
        const { interrupt, link } = this.#at
        const found = steps.get(part.key)
        if (found)
          steps.set(part.key, faultyCode(fault, found, { interrupt, link: () => link(host), count: () => this.#count(fault, host) }))
      }
    }
    const changed = (part: Part): Part => (part.kind === 'script' ? { ...part, text: texts.get(part) ?? part.text } : part)
    return { plan: withParts(plan, changed), code: { ...code, steps } }
  }

  #count(fault: Fault, host: string): void {
    appendFileSync(this.#file(fault), `${host}\n`)
  }

  #file(fault: Fault): string {
    return join(this.#at.folder, String(this.#faults.indexOf(fault)))
  }
}

/** The step of each host that a fault is at: the first, or, when it shall be done, the last of the same phase. */
function targets(fault: StepFault, places: readonly PlacedStep[]): readonly PlacedStep[] {
  const possible = places.filter((place) => isAt(fault, place) && (fault.kind === 'fails' || place.host !== here))
  const hosts = [...new Set(possible.map((place) => place.host))]
  if (!hosts.length) {
    throw usageError({
      code: 'FAULT_UNUSED',
      message: `nothing of the plan is where ${describe(fault)} shall be`,
      remedy: `there is:\n${[...new Set(places.map(shown))].join('\n')}`,
    })
  }
  return hosts.flatMap((host) => {
    const own = possible.filter((place) => place.host === host)
    const phase = own.filter((place) => place.phase === own[0]?.phase && place.task === own[0]?.task)
    return ('when' in fault && fault.when === 'after' ? phase.at(-1) : phase[0]) ?? []
  })
}

const shown = ({ host, task, number, undoing, step }: PlacedStep): string =>
  `    ${host}: ${task}, phase ${number}${undoing ? ', undoing' : ''}, ${step.signal}, ${step.plugin}: ${step.title}`

function withParts(plan: Plan, changed: (part: Part) => Part): Plan {
  const stretches = (all: readonly Stretch[]): readonly Stretch[] =>
    all.map((stretch) =>
      stretch.kind === 'here'
        ? { ...stretch, part: changed(stretch.part) }
        : { ...stretch, parts: Object.fromEntries(Object.entries(stretch.parts).map(([host, parts]) => [host, parts.map(changed)])) },
    )
  const tasks = plan.tasks.map((task) => ({
    ...task,
    phases: task.phases.map((phase) => ({ ...phase, stretches: stretches(phase.stretches), undo: stretches(phase.undo) })),
    failed: stretches(task.failed),
  }))
  return { ...plan, tasks }
}
