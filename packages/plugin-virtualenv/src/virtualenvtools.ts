import { definePlugin } from '@dragonfab/core'
import { release } from '@dragonfab/plugin-release'
import { toolsOptions } from './options.ts'
import { checkRelocation, relocateVenv } from './steps/relocate.ts'

/** A virtual environment that the release ships is made to work where the release lies. */
const virtualenvtools = definePlugin({
  name: 'virtualenvtools',
  needs: [release()],
  options: toolsOptions,
  hooks: {
    'deploy.updated': ({ env }) => relocateVenv(env.virtualenvtools, env),
    check: ({ env }) => checkRelocation(env.virtualenvtools),
  },
})

export { virtualenvtools, virtualenvtools as default }
