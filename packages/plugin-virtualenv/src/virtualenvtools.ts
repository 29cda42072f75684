import { definePlugin } from '@dragonfab/core'
import { release } from '@dragonfab/plugin-release'
import { toolsOptions } from './options.ts'
import { checkTools, relocate } from './steps/relocate.ts'

/** A virtual environment that the release ships is made to work where the release lies. */
const virtualenvtools = definePlugin({
  name: 'virtualenvtools',
  needs: [release()],
  options: toolsOptions,
  hooks: {
    'deploy.updated': ({ env }) => relocate(env.virtualenvtools, env),
    check: ({ env }) => checkTools(env.virtualenvtools),
  },
})

export { virtualenvtools, virtualenvtools as default }
