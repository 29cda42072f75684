import type { StepFailure } from '../step.ts'

/** Declares how a plugin's steps may fail: `exitStatus.denied` is for the shell text, `failures` for the steps. Guards use 64 to 113. */
export function exitStatuses<const Cases extends Readonly<Record<string, StepFailure & { readonly status: number }>>>(cases: Cases) {
  const exitStatus = Object.fromEntries(Object.entries(cases).map(([name, { status }]) => [name, status]))
  const failures = Object.fromEntries(Object.values(cases).map(({ status, ...failure }) => [status, failure]))
  return {
    exitStatus: exitStatus as { readonly [Name in keyof Cases]: Cases[Name]['status'] },
    failures: failures as Readonly<Record<number, StepFailure>>,
  }
}
