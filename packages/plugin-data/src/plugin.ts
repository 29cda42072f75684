import { definePlugin, type TaskSpec, usageError } from '@dragonfab/core'
import { options } from './options.ts'
import { type DataEnv, pull, push, refresh } from './steps.ts'

/** Deletions only when asked: the switch `--delete`, or `data.push:delete` in a sequence. */
function asked(given: string | undefined): boolean {
  if (given === undefined || given === 'true' || given === 'delete') return given !== undefined
  throw usageError({ code: 'BAD_ARGUMENT', message: `data: ${JSON.stringify(given)} is not delete`, remedy: 'delete, or nothing' })
}

const refreshing = {
  summary: 'Bring media directories here from another environment (data.from)',
  args: ['from?', 'delete?'],
  switches: ['delete'],
  run: ({ env, args }) => env.data.dirs.length > 0 && refresh(env, args.from ?? env.data.from, asked(args.delete)),
} as const satisfies TaskSpec<DataEnv>

/** Media directories between environments: only differences travel, nothing is deleted unless asked. */
export const data = definePlugin({
  name: 'data',
  options,
  tasks: {
    'data.pull': {
      summary: 'Bring media directories of the first host to this machine (data.here)',
      args: ['delete?'],
      switches: ['delete'],
      run: ({ env, args }) => pull(env, asked(args.delete)),
    },
    'data.push': {
      summary: 'Send media directories of this machine (data.here) to every host',
      args: ['delete?'],
      switches: ['delete'],
      run: ({ env, args }) => env.data.dirs.length > 0 && push(env, asked(args.delete)),
    },
    'data.refresh': refreshing,
    data_refresh: { ...refreshing, readyMade: true },
  },
})
