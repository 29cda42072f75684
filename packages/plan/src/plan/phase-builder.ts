import { createHash } from 'node:crypto'
import { type Attached, type CodeStep, render, type ShellStep, type Step } from '@dragonfab/core'
import type { Holes } from './holes.ts'
import { compileScript } from './script.ts'
import type { CodePart, Part, PlannedStep, ScriptPart, Stretch } from './types.ts'

/** Where a step comes from. */
export interface StepOrigin {
  readonly signal: string
  readonly plugin: string
}

interface Pending {
  readonly step: Step
  readonly origin: StepOrigin
  readonly attached?: Attached | undefined
}

export interface CompileOptions {
  readonly holes: Holes
  readonly shellEnv: (host: string) => Readonly<Record<string, string>>
  readonly keepGoing: boolean
  /** Called for every code part with the key that it shall have. */
  readonly keep: (step: CodeStep) => string
}

/** The host name under which steps on this machine stand. */
export const here = 'here'

/** Gathers steps in order and compiles them: neighbouring shell steps of a host into one script, steps on this machine in between. */
export class PhaseBuilder {
  readonly #options: CompileOptions
  readonly #stretches: Stretch[] = []
  #pending = new Map<string, Pending[]>()
  /** Steps on this machine that stand already, by signal and text: equal ones run once. */
  readonly #here = new Map<string, string[]>()

  constructor(options: CompileOptions) {
    this.#options = options
  }

  onHost(host: string, step: Step, origin: StepOrigin, attached?: Attached): void {
    const steps = this.#pending.get(host)
    const pending = { step, origin, attached }
    if (steps) steps.push(pending)
    else this.#pending.set(host, [pending])
  }

  /** A step on this machine; all hosts wait for it, and it for them. */
  onThisMachine(host: string, step: Step, origin: StepOrigin): void {
    const text = step.kind === 'shell' ? step.text.toString() : `${step.name} ${JSON.stringify(step.args)}`
    const key = `${origin.signal}\0${origin.plugin}\0${text}`
    const hosts = this.#here.get(key)
    if (hosts) {
      hosts.push(host)
      return
    }
    this.#flush()
    const asked = [host]
    this.#here.set(key, asked)
    const [part] = this.#compile(here, [{ step, origin }])
    if (part) this.#stretches.push({ kind: 'here', part, hosts: asked })
  }

  /** Whether it has any step yet. */
  get any(): boolean {
    return this.#pending.size > 0 || this.#stretches.length > 0
  }

  done(): readonly Stretch[] {
    this.#flush()
    return this.#stretches
  }

  #flush(): void {
    if (!this.#pending.size) return
    const parts = Object.fromEntries([...this.#pending].map(([host, steps]) => [host, this.#compile(host, steps)]))
    this.#pending = new Map()
    this.#stretches.push({ kind: 'hosts', parts })
  }

  #compile(host: string, pending: readonly Pending[]): readonly Part[] {
    const parts: Part[] = []
    let run: Pending[] = []
    const close = (): void => {
      if (run.length) parts.push(this.#script(host, run))
      run = []
    }
    for (const each of pending) {
      if (each.step.kind === 'code') {
        close()
        parts.push(this.#code(each.step, each.origin))
      } else {
        const alone = each.attached === 'terminal' || run[0]?.attached === 'terminal'
        if (run[0] && (run[0].step.as !== each.step.as || alone)) close()
        run.push(each)
      }
    }
    close()
    return parts
  }

  #script(host: string, pending: readonly Pending[]): ScriptPart {
    const texts = pending.map(({ step, origin }) => {
      const text = render((step as ShellStep).text, (secret) => `"$${this.#options.holes.name(host, secret)}"`)
      return { text, comment: comment(origin, titleOf(step)), warns: step.warns ?? false, survives: step.survives ?? false }
    })
    return {
      kind: 'script',
      as: pending[0]?.step.as,
      ...(pending[0]?.attached === 'terminal' && { terminal: true as const }),
      steps: pending.map(({ step, origin, attached }, index) => planned(step, origin, index, attached)),
      text: compileScript(texts, { shellEnv: this.#options.shellEnv(host), keepGoing: this.#options.keepGoing }),
    }
  }

  #code(step: CodeStep, origin: StepOrigin): CodePart {
    return {
      kind: 'code',
      key: this.#options.keep(step),
      as: step.as,
      steps: [planned(step, origin, 0)],
      name: step.name,
      args: step.args,
      hash: createHash('sha256')
        .update(`${step.run.toString()}\0${JSON.stringify(step.args)}`)
        .digest('hex'),
    }
  }
}

function planned(step: Step, origin: StepOrigin, index: number, attached?: Attached): PlannedStep {
  return {
    index,
    ...origin,
    title: titleOf(step),
    warns: step.warns ?? false,
    survives: step.survives ?? false,
    ...(step.shows && { shows: true }),
    failures: step.failures ?? {},
    ...(attached && { attached }),
  }
}

/** What people read: the given title, or the first line of the text. */
export function titleOf(step: Step): string {
  if (step.title) return oneLine(step.title)
  if (step.kind === 'code') return oneLine(step.name)
  const first = step.text
    .toString()
    .split('\n')
    .find((line) => line.trim())
  return oneLine(first ?? 'nothing')
}

function oneLine(text: string): string {
  const line = text.replace(/[\0-\x1f\x7f]+/g, ' ').trim()
  return line.length > 72 ? `${line.slice(0, 71)}…` : line
}

function comment(origin: StepOrigin, title: string): string {
  return oneLine(`${origin.signal} · ${origin.plugin}: ${title}`)
}
