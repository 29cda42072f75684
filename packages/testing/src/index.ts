export type { Answer, Answers, Call } from './commands/answers.ts'
export type { TestEnvironment, TestOptions, TestRunOptions } from './environment.ts'
export {
  type FailFault,
  type Fault,
  fails,
  type InterruptFault,
  interrupted,
  type LostFault,
  lost,
  type StepFilter,
  type UnreachableFault,
  unreachable,
} from './faults/fault.ts'
export type { FaultRecord } from './faults/faults.ts'
export type { TestHost } from './hosts/host.ts'
export type { TestPlan, TestStep } from './plan.ts'
export type { FinishedStep, TestEvent, TestRun } from './run.ts'
export { type TestedPlugin, type TestPluginOptions, testEnvironment, testPlugin } from './test-environment.ts'
