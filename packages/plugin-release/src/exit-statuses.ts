import type { StepFailure } from '@dragonfab/core'

/** Exit statuses of this plugin's guards. The tools that they call exit with small ones, so the two cannot be confused. */
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

/** The failure that a step reports if it exits with that status. */
export function failureFor(name: keyof typeof exitStatus, failure: StepFailure): Readonly<Record<number, StepFailure>> {
  return { [exitStatus[name]]: failure }
}
