import type { StepFailure } from '@dragonfab/core'

/** Exit statuses of this plugin's guards. Those of the tools they call are small, so a guard is never mistaken for one. */
export const exitStatus = {
  currentIsNoLink: 64,
  linkedMissing: 65,
  releaseTaken: 66,
  leadsOut: 67,
  notWritable: 68,
  releaseGone: 69,
  currentMoved: 70,
  cannotSwitch: 71,
  cleanupIncomplete: 72,
  notReady: 73,
  noGroup: 74,
  dotenvDiffers: 76,
  nothingLive: 77,
  doubtful: 90,
} as const

/** What people read for each. */
export function failureFor(name: keyof typeof exitStatus, failure: StepFailure): Readonly<Record<number, StepFailure>> {
  return { [exitStatus[name]]: failure }
}
