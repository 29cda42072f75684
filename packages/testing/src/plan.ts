import type { Plan } from '@dragonfab/plan'
import type { StepFilter } from './faults/fault.ts'
import { listSteps, matchesFilter, type PlacedStep } from './faults/placed-steps.ts'
import { textOf } from './faults/step-lines.ts'

/** A step that would run. */
export interface TestStep {
  /** Undefined for this machine. */
  readonly host: string | undefined
  readonly task: string
  readonly phase: string
  readonly signal: string
  /** The plugin whose step it is, or `config`. */
  readonly plugin: string
  readonly title: string
  /** The user that it runs as, if not the host's own. */
  readonly as: string | undefined
  readonly undoing: boolean
  /** Its shell text, quoted as the host gets it. For a code step: its name and arguments (JSON). Paths are the host's. */
  readonly text: string
}

/** What would run, as data. Making it changes nothing. */
export class TestPlan {
  /** The plan itself. Its paths are those of this machine. */
  readonly data: Plan
  readonly #toHostPaths: (host: string | undefined, text: string) => string

  constructor(data: Plan, seen: (host: string | undefined, text: string) => string) {
    this.data = data
    this.#toHostPaths = seen
  }

  /** The hosts' names. */
  get hosts(): readonly string[] {
    return this.data.hosts.map(({ name }) => name)
  }

  /** The steps that match (by default all that undo nothing), in the order in which they run, host by host within a phase. */
  steps(at: StepFilter = {}): readonly TestStep[] {
    return listSteps(this.data)
      .filter((place) => matchesFilter(at, place))
      .map((place) => this.#step(place))
  }

  /** The whole scripts of a host (undefined: of this machine), in order, as its session would evaluate them; with `undoing`, those that undo. */
  scripts(host: string | undefined, options: { readonly undoing?: boolean } = {}): string {
    const places = listSteps(this.data).filter((place) => hostOf(place) === host && place.undoing === (options.undoing ?? false))
    return places
      .filter(({ part }, index) => places[index - 1]?.part !== part)
      .map(({ task, phase, part }) => {
        const head = `### ${task}: ${phase}${part.as === undefined ? '' : ` | as ${part.as}`}`
        const body = part.kind === 'script' ? part.text : `${part.name} ${JSON.stringify(part.args)}`
        return `${head}\n${this.#toHostPaths(host, body)}\n`
      })
      .join('\n')
  }

  #step(place: PlacedStep): TestStep {
    const { task, phase, undoing, part, step } = place
    const host = hostOf(place)
    const text = part.kind === 'script' ? textOf(part.text, step.index) : `${part.name} ${JSON.stringify(part.args)}`
    const { signal, plugin, title } = step
    const toHostText = (shown: string): string => this.#toHostPaths(host, shown)
    return { host, task, phase, signal, plugin, title: toHostText(title), as: part.as, undoing, text: toHostText(text) }
  }
}

const hostOf = ({ target }: PlacedStep): string | undefined => (target.kind === 'host' ? target.name : undefined)
