import { definePlugin, type TaskSpec } from '@dragonfab/core'
import { release } from '@dragonfab/plugin-release'
import type { SystemdEnv } from './env.ts'
import { options } from './options.ts'
import { checkReady } from './steps/check-ready.ts'
import { checkUnitFiles, installUnits, undoInstall } from './steps/install.ts'
import { restartUnits, stopUnits } from './steps/restart.ts'
import { showLog, showStatus } from './steps/status.ts'

/** The same env with the web server as its only unit. Nothing is copied, because variables that are not read may not be known yet. */
function withApacheOnly(env: SystemdEnv): SystemdEnv {
  const { apache } = env.systemd
  return Object.create(env, { systemd: { value: Object.create(env.systemd, { units: { value: [apache] } }) } }) as SystemdEnv
}

/** These tasks have the names that projects use. */
const apacheTasks = {
  apache_restart: {
    summary: 'Restart the web server, and watch it',
    overridable: true,
    run: ({ env }) => restartUnits(withApacheOnly(env), 'restart'),
  },
  apache_stop: { summary: 'Stop the web server', overridable: true, run: ({ env }) => stopUnits(withApacheOnly(env)) },
} as const satisfies Readonly<Record<string, TaskSpec<SystemdEnv>>>

/** Restarts or reloads systemd units when a release goes live. They count as running only if they stay up in it. */
export const systemd = definePlugin({
  name: 'systemd',
  needs: [release()],
  options,
  hooks: {
    'deploy.started': ({ env }) => checkReady(env),
    'deploy.updated': ({ env }) => env.systemd.install.length > 0 && checkUnitFiles(env),
    'deploy.reverted': ({ env }) => env.systemd.install.length > 0 && checkUnitFiles(env),
    'deploy.publishing': ({ env }) => env.systemd.install.length > 0 && installUnits(env),
    'deploy.published': ({ env }) => restartUnits(env),
    'deploy.restarting': ({ env }) => restartUnits(env),
    'release.undoing': ({ env }) => undoInstall(env),
    check: ({ env }) => checkReady(env),
    status: ({ env }) => showStatus(env, { must: false }),
  },
  tasks: {
    'systemd.status': { summary: 'Show whether the units are active', readOnly: true, run: ({ env }) => showStatus(env, { must: true }) },
    'systemd.restart': { summary: 'Restart the units, and watch them', run: ({ env }) => restartUnits(env, 'restart') },
    'systemd.reload': { summary: 'Reload the units, and watch them', run: ({ env }) => restartUnits(env, 'reload') },
    'systemd.start': { summary: 'Start the units, and watch them', run: ({ env }) => restartUnits(env, 'start') },
    'systemd.stop': { summary: 'Stop the units', run: ({ env }) => stopUnits(env) },
    'systemd.log': { summary: 'Show the last lines of the units’ journals', readOnly: true, run: ({ env }) => showLog(env) },
    ...apacheTasks,
  },
})
