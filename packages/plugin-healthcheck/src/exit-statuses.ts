import type { StepFailure } from '@dragonfab/core'

/** Exit statuses of this plugin's guards. */
export const exitStatus = { unhealthy: 64, noTool: 65 } as const

export const unhealthyProblem = {
  code: 'HEALTHCHECK_FAILED',
  remedy: 'see what the application says; after a switch all hosts are put back, so the release before is live',
} as const

/** What people read for each. */
export const failures: Readonly<Record<number, StepFailure>> = {
  [exitStatus.unhealthy]: { ...unhealthyProblem, message: '$OUTPUT' },
  [exitStatus.noTool]: {
    code: 'HEALTHCHECK_TOOL',
    message: '$OUTPUT',
    remedy: "install one of them there, or ask from the machine that deploys: target: 'local'",
  },
}
