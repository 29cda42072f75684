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

const exitStatus = { noTool: 65, noFolder: 66 } as const

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
      const { folder, include, exclude, unchanged, method } = env.upload
      return send(folder, env.releasePath, {
        ...(include.length > 0 && { include }),
        ...(exclude.length > 0 && { exclude }),
        unchanged,
        by: method,
      })
    },
    check: ({ env, local }) => {
      const { method, build, folder } = env.upload
      return [
        step(sh`command -v ${method} >/dev/null || exit ${exitStatus.noTool}`, {
          title: `is ${method} there`,
          failures: {
            [exitStatus.noTool]: {
              code: 'TOOL_MISSING',
              message: `${method} is not installed there`,
              remedy: `install it (apt install ${method})`,
            },
          },
        }),
        build === undefined &&
          step(local`[ -d ${folder} ] || exit ${exitStatus.noFolder}`, {
            title: `is ${folder} there`,
            failures: {
              [exitStatus.noFolder]: {
                code: 'UPLOAD_MISSING',
                message: `upload.folder: ${folder} is no folder of this machine`,
                remedy: 'build it first, or set upload.build',
              },
            },
          }),
      ]
    },
  },
})
