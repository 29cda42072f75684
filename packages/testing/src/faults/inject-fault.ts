import { type CodeStep, quote, usageError } from '@dragonfab/core'
import type { Link } from '../hosts/link.ts'
import { describeFault, type Fault } from './fault.ts'
import { countScript, insertLines, messageScript, waitScript } from './step-lines.ts'

export type InjectableFault = Exclude<Fault, { kind: 'unreachable' }>

/** Returns the script with the fault in the step `index`. The rest is unchanged. */
export function injectIntoScript(
  fault: InjectableFault,
  text: string,
  index: number,
  at: { readonly host: string; readonly file: string; readonly token: string },
): string {
  const count = countScript(at.file, at.host)
  if (fault.kind === 'interrupted') return insertLines(text, index, 'front', [count, messageScript(at.token, 'interrupted'), waitScript])
  if (fault.kind === 'fails') {
    const says = fault.says === undefined ? [] : [`printf '%s\\n' ${quote(fault.says)} >&2`]
    const status = fault.status ?? 1
    return fault.when === 'after'
      ? insertLines(text, index, 'behind', [count, ...says, `(exit ${status})`])
      : insertLines(text, index, 'head', [count, ...says, `exit ${status}`])
  }
  if (fault.when === 'during') throw unfitFaultError(fault, 'for shell text, `when` is before, after or unheard')
  if (fault.when === 'unheard') return insertLines(text, index, 'front', [count, messageScript(at.token, 'unheard')])
  return insertLines(text, index, fault.when === 'after' ? 'behind' : 'front', [count, messageScript(at.token, 'lost'), waitScript])
}

/** Returns the code step with the fault in it. */
export function injectIntoCode(
  fault: InjectableFault,
  step: CodeStep,
  at: { readonly link: () => Link | undefined; readonly interrupt: () => void; readonly count: () => void },
): CodeStep {
  const { kind } = fault
  const when = kind === 'interrupted' ? 'before' : (fault.when ?? 'before')
  if (when === 'unheard') throw unfitFaultError(fault, 'for a code step, `when` is before, during or after')
  const happen = (): void => {
    at.count()
    if (kind === 'interrupted') at.interrupt()
    if (kind === 'fails') throw new Error(fault.says ?? 'this test makes it fail')
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

const unfitFaultError = (fault: Fault, remedy: string): Error =>
  usageError({ code: 'FAULT_UNUSED', message: `${describeFault(fault)} is not possible`, remedy })
