import { definePlugin, flag, text } from '@dragonfab/core'
import { readIfKnown, release } from '@dragonfab/plugin-release'
import { fillShared } from './fill.ts'

/** The options under `localshared`. */
const options = {
  source: text({
    help: 'The directory on the host that holds the linked files and directories, with the same paths as in shared/; without it, nothing is copied',
    operand: true,
    pattern: /\/.*/,
    expected: 'be an absolute path',
  }),
  update: flag({
    help: 'Whether a linked file that differs from its source is replaced, as fapistrano does silently; directories are never replaced',
    default: false,
  }),
} as const

/** Whether the run makes a release: a rollback emits the same first signals. */
const isReleasing = (env: { readonly release: string }): boolean => readIfKnown(() => env.release) !== undefined

/** Copies linked files and directories that are missing in shared/ from a directory on the host, before a release looks for them. */
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
