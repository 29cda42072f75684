import { definePlugin, isDragonfabError, sh, step } from '@dragonfab/core'
import { release } from '@dragonfab/plugin-release'
import { options } from './options.ts'

/** A rollback starts like a release, and builds nothing. */
function isShipping(env: { readonly release: string }): boolean {
  try {
    return env.release !== ''
  } catch (error) {
    if (isDragonfabError(error) && error.code === 'VARIABLE_NOT_KNOWN') return false
    throw error
  }
}

const guard = { noTool: 65, noFolder: 66 } as const

/** Ships a folder of this machine: what was built here becomes the release on all hosts, and only what differs travels. */
export const upload = definePlugin({
  name: 'upload',
  needs: [release()],
  options,
  // What is built here is built before any host is touched, without cutting the hosts' script in two.
  order: 'pre',
  hooks: {
    'deploy.starting': ({ env, local }) => {
      const { build } = env.upload
      return build !== undefined && isShipping(env) && step(local`${sh.raw(build)}`, { title: `build: ${build}` })
    },
    'deploy.updating': ({ env, upload: send }) => {
      const { from, include, exclude, unchanged, by } = env.upload
      return send(from, env.releasePath, { ...(include.length > 0 && { include }), ...(exclude.length > 0 && { exclude }), unchanged, by })
    },
    check: ({ env, local }) => {
      const { by, build, from } = env.upload
      return [
        step(sh`command -v ${by} >/dev/null || exit ${guard.noTool}`, {
          title: `is ${by} there`,
          failures: {
            [guard.noTool]: { code: 'TOOL_MISSING', message: `${by} is not installed there`, remedy: `install it (apt install ${by})` },
          },
        }),
        build === undefined &&
          step(local`[ -d ${from} ] || exit ${guard.noFolder}`, {
            title: `is ${from} there`,
            failures: {
              [guard.noFolder]: {
                code: 'UPLOAD_MISSING',
                message: `upload.from: ${from} is no folder of this machine`,
                remedy: 'build it first, or set upload.build',
              },
            },
          }),
      ]
    },
  },
})
