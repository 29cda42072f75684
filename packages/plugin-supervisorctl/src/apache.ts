import type { TaskSpec } from '@dragonfab/core'
import type { SupervisorEnv } from './env.ts'
import { restartPrograms } from './steps/restart.ts'
import { stopPrograms } from './steps/start.ts'

/** The same env with the web server as its only program. Nothing is copied, because variables that are not read may not be known yet. */
function withApacheOnly(env: SupervisorEnv): SupervisorEnv {
  const { apache } = env.supervisorctl
  return Object.create(env, {
    supervisorctl: { value: Object.create(env.supervisorctl, { groups: { value: [apache] } }) },
  }) as SupervisorEnv
}

/** These tasks have the names that projects use. */
export const apacheTasks = {
  apache_restart: {
    summary: 'Restart the web server, and watch it',
    overridable: true,
    run: ({ env }) => restartPrograms(withApacheOnly(env), { refresh: false }),
  },
  apache_stop: { summary: 'Stop the web server', overridable: true, run: ({ env }) => stopPrograms(withApacheOnly(env)) },
} as const satisfies Readonly<Record<string, TaskSpec<SupervisorEnv>>>
