import type { PlannedFunction } from '@dragonfab/plan'
import type { Mark } from './marks.ts'
import type { ScriptEnd, ScriptEvents } from './script.ts'
import type { Stream } from './streams.ts'

export interface QueuedScript {
  readonly id: string
  /** The functions that were sent with it. */
  readonly defined: readonly PlannedFunction[]
  readonly events: ScriptEvents
  resolve(end: ScriptEnd): void
}

/** The scripts that a session was sent and that have not ended, and the functions that it has. Its output belongs to the first script. */
export class ScriptQueue {
  readonly #scripts: QueuedScript[] = []
  /** The hashes of the functions that the loop has, by name. */
  readonly #library = new Map<string, string>()

  get isEmpty(): boolean {
    return this.#scripts.length === 0
  }

  missingFunctions(library: readonly PlannedFunction[]): readonly PlannedFunction[] {
    return library.filter((each) => this.#library.get(each.name) !== each.hash)
  }

  add(script: QueuedScript): void {
    this.#scripts.push(script)
    for (const each of script.defined) this.#library.set(each.name, each.hash)
  }

  list(): readonly QueuedScript[] {
    return [...this.#scripts]
  }

  reportOutput(stream: Stream, chunk: Buffer): Promise<void> | undefined {
    return this.#scripts[0]?.events.onOutput?.(stream, chunk) ?? undefined
  }

  reportMark({ kind, words }: Mark): void {
    const [first = '', second = ''] = words
    const script = kind === 'done' ? this.#scripts.find((each) => each.id === first) : this.#scripts[0]
    if (!script) return
    if (kind === 'begin') script.events.onBegin?.(Number(first))
    if (kind === 'finish') script.events.onFinish?.(Number(first), Number(second))
    if (kind === 'tell') script.events.onMessage?.(words)
    if (kind === 'broken') for (const each of script.defined) this.#library.delete(each.name)
    if (kind === 'left') script.events.onLeftover?.(words)
    if (kind === 'done') this.end([script], { status: Number(second) })
  }

  /** Ends scripts, except those that have already ended. */
  end(scripts: readonly QueuedScript[], end: ScriptEnd): void {
    for (const script of scripts) {
      const index = this.#scripts.indexOf(script)
      if (index < 0) continue
      this.#scripts.splice(index, 1)
      script.resolve(end)
    }
  }
}
