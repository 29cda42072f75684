import { definePlugin } from '@dragonfab/core'
import { apt, installPackages } from '@dragonfab/plugin-apt'
import { options } from './options.ts'
import { makePaths, runChecks } from './steps.ts'

/** Prepares hosts, and a developer's own machine, as the project declares. Leaves everything that is already right unchanged. */
export const init = definePlugin({
  name: 'init',
  needs: [apt()],
  options,
  signals: ['init.preparing', 'init.checking'],
  flows: {
    init: {
      summary: 'Prepare hosts: packages, directories and their owners, then checks. Without an environment, this machine',
      phases: [{ signals: ['init.preparing'] }, { signals: ['init.checking'] }],
      keepGoing: true,
      // The state directory, and so the lock, may be in a directory that this task makes.
      readOnly: true,
      overridable: true,
      needsNoEnvironment: true,
    },
  },
  hooks: {
    'init.preparing': ({ env }) => [
      env.apt.packages.length > 0 && installPackages(env, env.apt.packages, { detached: false }),
      env.init.paths.length > 0 && makePaths(env),
    ],
    'init.checking': ({ env }) => runChecks(env),
    check: ({ env }) => runChecks(env),
  },
})
