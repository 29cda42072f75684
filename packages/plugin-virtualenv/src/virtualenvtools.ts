import { definePlugin } from '@dragonfab/core'
import { release } from '@dragonfab/plugin-release'
import { toolsOptions } from './options.ts'
import { checkRelocation, relocateVenv } from './steps/relocate.ts'

/** Makes a virtual environment that is shipped in the release work at the release's path. */
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
