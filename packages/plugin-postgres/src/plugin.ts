import { definePlugin } from '@dragonfab/core'
import { options } from './options.ts'
import { dump } from './steps/dump.ts'

/** Dumps databases of PostgreSQL to this machine, and replaces them from dumps: whole, or not at all. */
export const postgres = definePlugin({
  name: 'postgres',
  options,
  tasks: {
    'database.dump': { summary: 'Dump the database to this machine, read to its end', reads: true, run: ({ env }) => dump(env) },
  },
})
