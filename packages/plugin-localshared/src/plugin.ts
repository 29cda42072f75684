import { definePlugin, isDragonfabError } from '@dragonfab/core'
import { release } from '@dragonfab/plugin-release'
import { fillShared } from './fill.ts'
import { options } from './options.ts'

/** A rollback starts like a release, and ships nothing. */
function isReleasing(env: { readonly release: string }): boolean {
  try {
    return env.release !== ''
  } catch (error) {
    if (isDragonfabError(error) && error.code === 'VARIABLE_NOT_KNOWN') return false
    throw error
  }
}

/** Copies linked files and directories that shared/ lacks from a directory on the host, before a release looks for them. */
export const localshared = definePlugin({
  name: 'localshared',
  needs: [release()],
  options,
  hooks: {
    'deploy.starting': ({ env }) => {
      const { source, update } = env.localshared
      const linked = [
        ...env.linkedFiles.map((each) => ({ ...each, kind: 'file' as const })),
        ...env.linkedDirs.map((each) => ({ ...each, kind: 'dir' as const })),
      ]
      return source !== undefined && linked.length > 0 && isReleasing(env) && fillShared({ source, shared: env.sharedPath }, linked, update)
    },
  },
})
