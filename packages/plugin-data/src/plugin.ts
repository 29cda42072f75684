import { definePlugin, type TaskSpec, usageError } from '@dragonfab/core'
import { options } from './options.ts'
import { type DataEnv, pullDirectories, pushDirectories, refreshDirectories } from './steps.ts'

/** Nothing is deleted unless asked for: the switch `--delete`, or `data.push:delete` in a sequence. */
function parseDelete(argument: string | undefined): boolean {
  if (argument === undefined || argument === 'true' || argument === 'delete') return argument !== undefined
  throw usageError({
    code: 'BAD_ARGUMENT',
    message: `data: ${JSON.stringify(argument)} is not a valid argument; only delete is`,
    remedy: 'write delete, or leave the argument out',
  })
}

const refreshTask = {
  summary: 'Copy media directories from another environment (data.source)',
  args: ['from?', 'delete?'],
  switches: ['delete'],
  run: ({ env, args }) => env.data.dirs.length > 0 && refreshDirectories(env, args.from ?? env.data.source, parseDelete(args.delete)),
} as const satisfies TaskSpec<DataEnv>

/** Copies media directories between environments. Only differences are sent, and nothing is deleted unless asked for. */
export const data = definePlugin({
  name: 'data',
  options,
  tasks: {
    'data.pull': {
      summary: 'Copy media directories from the first host to this machine (data.localFolder)',
      args: ['delete?'],
      switches: ['delete'],
      run: ({ env, args }) => pullDirectories(env, parseDelete(args.delete)),
    },
    'data.push': {
      summary: 'Copy media directories from this machine (data.localFolder) to every host',
      args: ['delete?'],
      switches: ['delete'],
      run: ({ env, args }) => env.data.dirs.length > 0 && pushDirectories(env, parseDelete(args.delete)),
    },
    'data.refresh': refreshTask,
    data_refresh: { ...refreshTask, overridable: true },
  },
})
