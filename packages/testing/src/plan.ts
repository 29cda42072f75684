import { here, type Plan } from '@dragonfab/plan'
import type { Place } from './faults/fault.ts'
import { isAt, type PlacedStep, placesOf } from './faults/places.ts'
import { textOf } from './faults/script.ts'

/** A step that would run. */
export interface TestStep {
  /** `here` for this machine. */
  readonly host: string
  readonly task: string
  readonly phase: string
  readonly signal: string
  /** The plugin whose step it is, or `config`. */
  readonly plugin: string
  readonly title: string
  /** The user that it runs as, where that is not the host's. */
  readonly as: string | undefined
  readonly undoing: boolean
  /** Its shell text, quoted as the host gets it; of a code step, its name and arguments (JSON). Paths are the host's. */
  readonly text: string
}

/** What would run, as data. Nothing was changed for it. */
export class TestPlan {
  /** The plan itself. Its paths are those of this machine. */
  readonly data: Plan
  readonly #seen: (host: string, text: string) => string

  constructor(data: Plan, seen: (host: string, text: string) => string) {
    this.data = data
    this.#seen = seen
  }

  /** The hosts' names. */
  get hosts(): readonly string[] {
    return this.data.hosts.map(({ name }) => name)
  }

  /** The steps at a place (all on the way forth by default), in the order in which they run, host by host within a phase. */
  steps(at: Place = {}): readonly TestStep[] {
    return placesOf(this.data)
      .filter((place) => isAt(at, place))
      .map((place) => this.#step(place))
  }

  /** The whole scripts of a host (`here`: of this machine), as its session would evaluate them, in order; `undoing` gives the way back. */
  scripts(host: string, options: { readonly undoing?: boolean } = {}): string {
    const places = placesOf(this.data).filter((place) => place.host === host && place.undoing === (options.undoing ?? false))
    return places
      .filter(({ part }, index) => places[index - 1]?.part !== part)
      .map(({ task, phase, part }) => {
        const head = `### ${task}: ${phase}${part.as === undefined ? '' : ` | as ${part.as}`}`
        const body = part.kind === 'script' ? part.text : `${part.name} ${JSON.stringify(part.args)}`
        return `${head}\n${this.#seen(host, body)}\n`
      })
      .join('\n')
  }

  #step({ host, task, phase, undoing, part, step }: PlacedStep): TestStep {
    const text = part.kind === 'script' ? textOf(part.text, step.index) : `${part.name} ${JSON.stringify(part.args)}`
    const { signal, plugin, title } = step
    const seen = (shown: string): string => (host === here ? shown : this.#seen(host, shown))
    return { host, task, phase, signal, plugin, title: seen(title), as: part.as, undoing, text: seen(text) }
  }
}
