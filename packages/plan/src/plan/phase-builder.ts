import { createHash } from 'node:crypto'
import {
  type CodeStep,
  hostTarget,
  localTarget,
  renderCalls,
  type ShellStep,
  type Stdio,
  type Step,
  type StepTarget,
} from '@dragonfab/core'
import type { Holes } from './holes.ts'
import type { Libraries } from './libraries.ts'
import { compileScript } from './script.ts'
import type { CodePart, PlannedPart, PlannedStep, ScriptPart, Segment } from './types.ts'

/** Where a step comes from. */
export interface StepOrigin {
  readonly signal: string
  readonly plugin: string
}

interface PendingStep {
  readonly step: Step
  readonly origin: StepOrigin
  readonly stdio?: Stdio | undefined
}

export interface CompileOptions {
  readonly holes: Holes
  readonly libraries: Libraries
  readonly shellEnv: (target: StepTarget) => Readonly<Record<string, string>>
  readonly keepGoing: boolean
  /** Records the function of a code step, and returns its key. */
  readonly registerCode: (step: CodeStep) => string
}

/** Collects steps in order and compiles them: neighbouring shell steps of a host become one script, up to a step on this machine. */
export class PhaseBuilder {
  readonly #options: CompileOptions
  readonly #segments: Segment[] = []
  #pending = new Map<string, PendingStep[]>()
  /** The steps on this machine so far, by signal and text. Equal ones run once. */
  readonly #localSteps = new Map<string, string[]>()

  constructor(options: CompileOptions) {
    this.#options = options
  }

  addHostStep(host: string, step: Step, origin: StepOrigin, stdio?: Stdio): void {
    const steps = this.#pending.get(host)
    const pending: PendingStep = { step, origin, stdio }
    if (steps) steps.push(pending)
    else this.#pending.set(host, [pending])
  }

  /** Adds a step on this machine. All hosts wait for it, and it waits for them. */
  addLocalStep(host: string, step: Step, origin: StepOrigin): void {
    const text = step.kind === 'shell' ? step.text.toString() : `${step.name} ${JSON.stringify(step.args)}`
    const key = `${origin.signal}\0${origin.plugin}\0${text}`
    const hosts = this.#localSteps.get(key)
    if (hosts) {
      hosts.push(host)
      return
    }
    this.#flush()
    const askingHosts = [host]
    this.#localSteps.set(key, askingHosts)
    const [part] = this.#compile(localTarget, [{ step, origin }])
    if (part) this.#segments.push({ kind: 'local', part, hosts: askingHosts })
  }

  /** Whether any step was added. */
  get hasSteps(): boolean {
    return this.#pending.size > 0 || this.#segments.length > 0
  }

  finishSegments(): readonly Segment[] {
    this.#flush()
    return this.#segments
  }

  #flush(): void {
    if (!this.#pending.size) return
    const parts = Object.fromEntries([...this.#pending].map(([host, steps]) => [host, this.#compile(hostTarget(host), steps)]))
    this.#pending = new Map()
    this.#segments.push({ kind: 'hosts', parts })
  }

  #compile(target: StepTarget, pending: readonly PendingStep[]): readonly PlannedPart[] {
    const parts: PlannedPart[] = []
    let run: PendingStep[] = []
    const close = (): void => {
      if (run.length) parts.push(this.#script(target, run))
      run = []
    }
    for (const pendingStep of pending) {
      if (pendingStep.step.kind === 'code') {
        close()
        parts.push(this.#code(pendingStep.step, pendingStep.origin))
      } else {
        const ownScript = pendingStep.stdio === 'tty' || run[0]?.stdio === 'tty'
        if (run[0] && (run[0].step.as !== pendingStep.step.as || ownScript)) close()
        run.push(pendingStep)
      }
    }
    close()
    return parts
  }

  #script(target: StepTarget, pending: readonly PendingStep[]): ScriptPart {
    const texts = pending.map(({ step, origin }) => {
      const text = renderCalls((step as ShellStep).text, (secret) => `"$${this.#options.holes.assignName(target, secret)}"`)
      return {
        text,
        comment: describeStep(origin, titleOf(step)),
        allowFailure: step.allowFailure ?? false,
        detached: step.detached ?? false,
      }
    })
    const uses = [...new Set(pending.flatMap(({ step, origin }) => this.#options.libraries.note(target, step, origin.plugin)))]
    return {
      kind: 'script',
      as: pending[0]?.step.as,
      ...(pending[0]?.stdio === 'tty' && { terminal: true as const }),
      steps: pending.map(({ step, origin, stdio: attached }, index) => toPlannedStep(step, origin, index, attached)),
      ...(uses.length > 0 && { uses }),
      text: compileScript(texts, { shellEnv: this.#options.shellEnv(target), keepGoing: this.#options.keepGoing }),
    }
  }

  #code(step: CodeStep, origin: StepOrigin): CodePart {
    return {
      kind: 'code',
      key: this.#options.registerCode(step),
      as: step.as,
      steps: [toPlannedStep(step, origin, 0)],
      name: step.name,
      args: step.args,
      hash: createHash('sha256')
        .update(`${step.run.toString()}\0${JSON.stringify(step.args)}`)
        .digest('hex'),
    }
  }
}

function toPlannedStep(step: Step, origin: StepOrigin, index: number, attached?: Stdio): PlannedStep {
  return {
    index,
    ...origin,
    title: titleOf(step),
    allowFailure: step.allowFailure ?? false,
    detached: step.detached ?? false,
    ...(step.showOutput && { showOutput: true }),
    failures: step.failures ?? {},
    ...(attached && { stdio: attached }),
  }
}

/** What is shown for a step: its title, or the first line of its text. */
export function titleOf(step: Step): string {
  if (step.title) return toOneLine(step.title)
  if (step.kind === 'code') return toOneLine(step.name)
  const first = renderCalls(step.text, () => '[secret]')
    .split('\n')
    .find((line) => line.trim())
  return toOneLine(first ?? 'nothing')
}

function toOneLine(text: string): string {
  const line = text.replace(/[\0-\x1f\x7f]+/g, ' ').trim()
  return line.length > 72 ? `${line.slice(0, 71)}…` : line
}

function describeStep(origin: StepOrigin, title: string): string {
  return toOneLine(`${origin.signal} · ${origin.plugin}: ${title}`)
}
