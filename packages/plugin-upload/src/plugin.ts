import { definePlugin, exitStatuses, isDragonfabError, sh, step } from '@dragonfab/core'
import { release } from '@dragonfab/plugin-release'
import { options } from './options.ts'

/** Whether this run makes a release: a rollback emits the same first signals, but builds nothing. */
function isRelease(env: { readonly release: string }): boolean {
  try {
    return env.release !== ''
  } catch (error) {
    if (isDragonfabError(error) && error.code === 'VARIABLE_NOT_KNOWN') return false
    throw error
  }
}

/** Ships a folder on this machine: its contents become the release on all hosts. Only files that differ are sent. */
export const upload = definePlugin({
  name: 'upload',
  needs: [release()],
  options,
  // A local step between steps of the hosts would split their script in two, so it comes before them.
  order: 'pre',
  hooks: {
    'deploy.starting': ({ env, local }) => {
      const { build } = env.upload
      return build !== undefined && isRelease(env) && step(local`${sh.raw(build)}`, { title: `build: ${build}` })
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
      const { exitStatus, failures } = exitStatuses({
        noTool: {
          status: 65,
          code: 'TOOL_MISSING',
          message: `${method} is not installed on the host`,
          remedy: `install it: apt-get install ${method}`,
        },
        noFolder: {
          status: 66,
          code: 'UPLOAD_MISSING',
          message: `upload.folder: this machine has no folder ${folder}`,
          remedy: 'build it first, or set upload.build',
        },
      })
      return [
        step(sh`command -v ${method} >/dev/null || exit ${exitStatus.noTool}`, { title: `is ${method} installed`, failures }),
        build === undefined && step(local`[ -d ${folder} ] || exit ${exitStatus.noFolder}`, { title: `does ${folder} exist`, failures }),
      ]
    },
  },
})
