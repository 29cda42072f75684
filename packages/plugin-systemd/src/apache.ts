import type { TaskSpec } from '@dragonfab/core'
import type { SystemdEnv } from './env.ts'
import { restartUnits, stopUnits } from './steps/restart.ts'

/** The same env with the web server as its only unit. What is not read may not be known yet, so nothing is copied. */
function withApacheOnly(env: SystemdEnv): SystemdEnv {
  const { apache } = env.systemd
  return Object.create(env, { systemd: { value: Object.create(env.systemd, { units: { value: [apache] } }) } }) as SystemdEnv
}

/** Under the names that projects give them. */
export const apacheTasks = {
  apache_restart: {
    summary: 'Restart the web server, and watch it',
    overridable: true,
    run: ({ env }) => restartUnits(withApacheOnly(env), 'restart'),
  },
  apache_stop: { summary: 'Stop the web server', overridable: true, run: ({ env }) => stopUnits(withApacheOnly(env)) },
} as const satisfies Readonly<Record<string, TaskSpec<SystemdEnv>>>
