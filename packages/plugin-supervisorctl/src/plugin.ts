import { definePlugin } from '@dragonfab/core'
import { release } from '@dragonfab/plugin-release'
import { apacheTasks } from './apache.ts'
import { options } from './options.ts'
import { conf } from './steps/conf.ts'
import { link, linkBack, stopFirst } from './steps/link.ts'
import { log } from './steps/log.ts'
import { ready } from './steps/ready.ts'
import { restart } from './steps/restart.ts'
import { start, stop } from './steps/start.ts'
import { status } from './steps/status.ts'

/** Restarts programs under supervisord when a release goes live, and takes them for running only when they stay up in it. */
export const supervisorctl = definePlugin({
  name: 'supervisorctl',
  needs: [release()],
  options,
  hooks: {
    'deploy.started': ({ env }) => ready(env),
    'deploy.updated': ({ env }) => env.supervisorctl.conf !== '' && conf(env),
    'deploy.reverted': ({ env }) => env.supervisorctl.conf !== '' && conf(env),
    'deploy.publishing': ({ env }) => env.supervisorctl.conf !== '' && link(env),
    'deploy.published': ({ env }) => env.supervisorctl.restart && restart(env),
    'deploy.restarting': ({ env }) => restart(env),
    'release.putting_back': ({ env }) => [env.supervisorctl.conf !== '' && linkBack(env), stopFirst(env)],
    check: ({ env }) => ready(env),
    status: ({ env }) => status(env, { must: false }),
  },
  tasks: {
    'supervisorctl.status': { summary: 'Whether the programs run', reads: true, run: ({ env }) => status(env, { must: true }) },
    'supervisorctl.restart': { summary: 'Restart the programs, and watch them', run: ({ env }) => restart(env, { refresh: false }) },
    'supervisorctl.refresh': {
      summary: 'Restart the programs with their configuration as it is now, and watch them',
      run: ({ env }) => restart(env, { refresh: true }),
    },
    'supervisorctl.stop': { summary: 'Stop the programs', run: ({ env }) => stop(env) },
    'supervisorctl.start': { summary: 'Start the programs, and watch them', run: ({ env }) => start(env) },
    'supervisorctl.log': { summary: 'The last lines that the programs wrote', reads: true, run: ({ env }) => log(env) },
    ...apacheTasks,
  },
})
