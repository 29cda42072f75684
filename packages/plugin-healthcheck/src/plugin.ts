import { definePlugin, type Step, usageError } from '@dragonfab/core'
import { release } from '@dragonfab/plugin-release'
import { checkOnHost, checkTools, showHostStatus } from './host/steps.ts'
import { checkLocally, showLocalStatus } from './local/steps.ts'
import type { HealthEnv } from './options.ts'
import { options } from './options.ts'

function checkSteps(env: HealthEnv, at: { readonly signal: string; readonly undoing: boolean }): readonly Step[] {
  return env.healthcheck.checks.map((check) =>
    check.target === 'local' ? checkLocally(check, env, at) : checkOnHost(check, env, at.undoing),
  )
}

/** Checks the service on every host after the switch. If a check fails, all hosts are undone. */
export const healthcheck = definePlugin({
  name: 'healthcheck',
  needs: [release()],
  options,
  // After the plugins that restart the service on the same signals.
  order: 'post',
  hooks: {
    'deploy.published': ({ env, signal, undoing }) => checkSteps(env, { signal, undoing }),
    'deploy.restarted': ({ env, signal, undoing }) => checkSteps(env, { signal, undoing }),
    check: ({ env }) => checkTools(env.healthcheck.checks),
    status: ({ env }) =>
      env.healthcheck.checks.map((check) => (check.target === 'local' ? showLocalStatus(check, env) : showHostStatus(check, env))),
  },
  tasks: {
    healthcheck: {
      summary: 'Run the health checks on every host',
      readOnly: true,
      run: ({ env, signal }) => {
        const steps = checkSteps(env, { signal, undoing: false })
        if (steps.length) return steps
        throw usageError({
          code: 'HEALTHCHECK_NONE',
          message: 'healthcheck.checks is empty, so there is nothing to check',
          remedy: "set it: healthcheck: { checks: ['http://127.0.0.1:8000/health'] }",
        })
      },
    },
  },
})
