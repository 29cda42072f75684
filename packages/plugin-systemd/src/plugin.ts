import { definePlugin } from '@dragonfab/core'
import { release } from '@dragonfab/plugin-release'
import { apacheTasks } from './apache.ts'
import { options } from './options.ts'
import { files, install, putBack } from './steps/install.ts'
import { ready } from './steps/ready.ts'
import { restart, stop } from './steps/restart.ts'
import { log, status } from './steps/status.ts'

/** Restarts or reloads systemd units when a release goes live, and takes them for running only when they stay up in it. */
export const systemd = definePlugin({
  name: 'systemd',
  needs: [release()],
  options,
  hooks: {
    'deploy.started': ({ env }) => ready(env),
    'deploy.updated': ({ env }) => env.systemd.install.length > 0 && files(env),
    'deploy.reverted': ({ env }) => env.systemd.install.length > 0 && files(env),
    'deploy.publishing': ({ env }) => env.systemd.install.length > 0 && install(env),
    'deploy.published': ({ env }) => restart(env),
    'deploy.restarting': ({ env }) => restart(env),
    'release.putting_back': ({ env }) => putBack(env),
    check: ({ env }) => ready(env),
    status: ({ env }) => status(env, { must: false }),
  },
  tasks: {
    'systemd.status': { summary: 'Whether the units are active', reads: true, run: ({ env }) => status(env, { must: true }) },
    'systemd.restart': { summary: 'Restart the units, and watch them', run: ({ env }) => restart(env, 'restart') },
    'systemd.reload': { summary: 'Reload the units, and watch them', run: ({ env }) => restart(env, 'reload') },
    'systemd.start': { summary: 'Start the units, and watch them', run: ({ env }) => restart(env, 'start') },
    'systemd.stop': { summary: 'Stop the units', run: ({ env }) => stop(env) },
    'systemd.log': { summary: 'The last lines of the units’ journals', reads: true, run: ({ env }) => log(env) },
    ...apacheTasks,
  },
})
