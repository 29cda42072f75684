import { definePlugin } from '@dragonfab/core'
import { release } from '@dragonfab/plugin-release'
import { apacheTasks } from './apache.ts'
import { options } from './options.ts'
import { checkLogs } from './steps/check-logs.ts'
import { checkReady } from './steps/check-ready.ts'
import { checkConf } from './steps/conf.ts'
import { linkConf, restoreLink, stopWithoutRelease } from './steps/link.ts'
import { showLog } from './steps/log.ts'
import { restartPrograms } from './steps/restart.ts'
import { startPrograms, stopPrograms } from './steps/start.ts'
import { showStatus } from './steps/status.ts'

/** Restarts programs under supervisord when a release goes live. They count as running only if they stay up in it. */
export const supervisorctl = definePlugin({
  name: 'supervisorctl',
  needs: [release()],
  options,
  hooks: {
    'deploy.started': ({ env }) => checkReady(env),
    'deploy.updated': ({ env }) => env.supervisorctl.conf !== '' && checkConf(env),
    'deploy.reverted': ({ env }) => env.supervisorctl.conf !== '' && checkConf(env),
    'deploy.publishing': ({ env }) => env.supervisorctl.conf !== '' && linkConf(env),
    'deploy.published': ({ env }) => env.supervisorctl.restart && restartPrograms(env),
    'deploy.restarting': ({ env }) => restartPrograms(env),
    'release.undoing': ({ env }) => [env.supervisorctl.conf !== '' && restoreLink(env), stopWithoutRelease(env)],
    check: ({ env }) => [checkLogs(env), checkReady(env)],
    status: ({ env }) => showStatus(env, { must: false }),
  },
  tasks: {
    'supervisorctl.status': { summary: 'Show whether the programs run', readOnly: true, run: ({ env }) => showStatus(env, { must: true }) },
    'supervisorctl.restart': {
      summary: 'Restart the programs, and watch them',
      run: ({ env }) => restartPrograms(env, { refresh: false }),
    },
    'supervisorctl.refresh': {
      summary: 'Load the programs’ configuration, restart them, and watch them',
      run: ({ env }) => restartPrograms(env, { refresh: true }),
    },
    'supervisorctl.stop': { summary: 'Stop the programs', run: ({ env }) => stopPrograms(env) },
    'supervisorctl.start': { summary: 'Start the programs, and watch them', run: ({ env }) => startPrograms(env) },
    'supervisorctl.log': { summary: 'Show the last lines of the programs’ logs', readOnly: true, run: ({ env }) => showLog(env) },
    ...apacheTasks,
  },
})
