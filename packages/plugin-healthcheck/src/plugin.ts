import { definePlugin, type Step, usageError } from '@dragonfab/core'
import { release } from '@dragonfab/plugin-release'
import type { HealthEnv } from './env.ts'
import { fromHere, statusFromHere } from './here/steps.ts'
import { onHost, statusOnHost, tools } from './host/steps.ts'
import { options } from './options.ts'

function ask(env: HealthEnv, at: { readonly signal: string; readonly undoing: boolean }): readonly Step[] {
  return env.healthcheck.checks.map((check) => (check.from === 'here' ? fromHere(check, env, at) : onHost(check, env, at.undoing)))
}

/** Asks the service on every host after the switch. One that does not answer well puts all hosts back. */
export const healthcheck = definePlugin({
  name: 'healthcheck',
  needs: [release()],
  options,
  // After whatever restarts the service on the same signals.
  order: 'post',
  hooks: {
    'deploy.published': ({ env, signal, undoing }) => ask(env, { signal, undoing }),
    'deploy.restarted': ({ env, signal, undoing }) => ask(env, { signal, undoing }),
    check: ({ env }) => tools(env.healthcheck.checks),
    status: ({ env }) =>
      env.healthcheck.checks.map((check) => (check.from === 'here' ? statusFromHere(check, env) : statusOnHost(check, env))),
  },
  tasks: {
    healthcheck: {
      summary: 'Ask every host whether it works',
      reads: true,
      run: ({ env, signal }) => {
        const steps = ask(env, { signal, undoing: false })
        if (steps.length) return steps
        throw usageError({
          code: 'HEALTHCHECK_NONE',
          message: 'healthcheck.checks is empty, so there is nothing to ask',
          remedy: "healthcheck: { checks: ['http://127.0.0.1:8000/health'] }",
        })
      },
    },
  },
})
