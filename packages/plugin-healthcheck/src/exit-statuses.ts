import { exitStatuses } from '@dragonfab/core'

/**
 * A check did not get the answer that it expects. Checks on the machine that deploys have no exit status, so they throw this problem with the
 * answer.
 */
export const unhealthyProblem = {
  code: 'HEALTHCHECK_FAILED',
  remedy: 'check the log of the application; if a release had switched, all hosts are undone, so the previous release is live',
} as const

/** How the steps of this plugin may fail. `$OUTPUT` is the last line that a step printed. */
export const { exitStatus, failures } = exitStatuses({
  unhealthy: { status: 64, ...unhealthyProblem, message: '$OUTPUT' },
  noTool: {
    status: 65,
    code: 'HEALTHCHECK_TOOL',
    message: '$OUTPUT',
    remedy: "install one of them on the host, or check from the machine that deploys: target: 'local'",
  },
})
