import { type CodeStep, quote, usageError } from '@dragonfab/core'
import type { Link } from '../hosts/link.ts'
import { describe, type Fault } from './fault.ts'
import { counted, insert, told, waiting } from './script.ts'

export type StepFault = Exclude<Fault, { kind: 'unreachable' }>

/** A script in which the step `index` has the fault. Nothing else of it is another. */
export function faultyScript(
  fault: StepFault,
  text: string,
  index: number,
  at: { readonly host: string; readonly file: string; readonly token: string },
): string {
  const count = counted(at.file, at.host)
  if (fault.kind === 'interrupted') return insert(text, index, 'front', [count, told(at.token, 'interrupted'), waiting])
  if (fault.kind === 'fails') {
    const says = fault.says === undefined ? [] : [`printf '%s\\n' ${quote(fault.says)} >&2`]
    const status = fault.status ?? 1
    return fault.when === 'after'
      ? insert(text, index, 'behind', [count, ...says, `(exit ${status})`])
      : insert(text, index, 'head', [count, ...says, `exit ${status}`])
  }
  if (fault.when === 'during') throw unfit(fault, 'shell text has no “during”: before, after or unheard')
  if (fault.when === 'unheard') return insert(text, index, 'front', [count, told(at.token, 'unheard')])
  return insert(text, index, fault.when === 'after' ? 'behind' : 'front', [count, told(at.token, 'lost'), waiting])
}

/** A code step that has the fault. */
export function faultyCode(
  fault: StepFault,
  step: CodeStep,
  at: { readonly link: () => Link | undefined; readonly interrupt: () => void; readonly count: () => void },
): CodeStep {
  const { kind } = fault
  const when = kind === 'interrupted' ? 'before' : (fault.when ?? 'before')
  if (when === 'unheard') throw unfit(fault, 'a code step has no “unheard”: before, during or after')
  const happen = (): void => {
    at.count()
    if (kind === 'interrupted') at.interrupt()
    if (kind === 'fails') throw new Error(fault.says ?? 'it fails in this test')
    if (kind === 'lost' && when === 'during') at.link()?.tear()
    else if (kind === 'lost') at.link()?.cut()
  }
  return {
    ...step,
    run: async (context) => {
      if (when !== 'after') happen()
      await step.run(context)
      if (when === 'after') happen()
    },
  }
}

const unfit = (fault: Fault, remedy: string): Error => usageError({ code: 'FAULT_UNUSED', message: `${describe(fault)} cannot be`, remedy })
