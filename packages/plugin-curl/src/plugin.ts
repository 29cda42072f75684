import { definePlugin } from '@dragonfab/core'
import { release } from '@dragonfab/plugin-release'
import { options } from './options.ts'
import { checkDownload, shipArtifact } from './steps.ts'

/** Downloads a built artifact into the release on every host, checks it, and unpacks it. */
export const curl = definePlugin({
  name: 'curl',
  needs: [release()],
  options,
  hooks: {
    'deploy.updating': ({ env }) => shipArtifact(env),
    check: ({ env }) => checkDownload(env),
  },
})
