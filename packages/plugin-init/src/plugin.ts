import { definePlugin } from '@dragonfab/core'
import { apt, install } from '@dragonfab/plugin-apt'
import { options } from './options.ts'
import { checks, paths } from './steps.ts'

/** Prepares hosts, and a developer's own machine, from what the project declares. What is as it should be is left alone. */
export const init = definePlugin({
  name: 'init',
  needs: [apt()],
  options,
  signals: ['init.preparing', 'init.checking'],
  flows: {
    init: {
      summary: 'Prepare hosts: packages, directories and their owners, then checks; without an environment, this machine',
      phases: [{ signals: ['init.preparing'] }, { signals: ['init.checking'] }],
      keepGoing: true,
      // The state directory, and so the lock, may lie in a directory that is yet to be made.
      reads: true,
      readyMade: true,
    },
  },
  hooks: {
    'init.preparing': ({ env }) => [
      env.apt.packages.length > 0 && install(env, env.apt.packages, { survives: false }),
      env.init.paths.length > 0 && paths(env),
    ],
    'init.checking': ({ env }) => checks(env),
    check: ({ env }) => checks(env),
  },
})
