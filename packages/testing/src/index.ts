export type { Answer, Answers, Call } from './commands/answers.ts'
export type { RunWith, TestEnvironment, TestOptions } from './environment.ts'
export {
  type Fails,
  type Fault,
  fails,
  type Interrupted,
  interrupted,
  type Lost,
  lost,
  type Place,
  type Unreachable,
  unreachable,
} from './faults/fault.ts'
export type { Happened } from './faults/faults.ts'
export type { TestHost } from './hosts/host.ts'
export type { TestPlan, TestStep } from './plan.ts'
export type { RanStep, TestEvent, TestRun } from './run.ts'
export { type TestedPlugin, type TestPluginOptions, testEnvironment, testPlugin } from './test-environment.ts'
