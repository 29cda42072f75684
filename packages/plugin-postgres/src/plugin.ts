import { definePlugin, type TaskSpec } from '@dragonfab/core'
import type { PostgresEnv } from './env.ts'
import { options } from './options.ts'
import { listBackups } from './steps/backups.ts'
import { checkServer } from './steps/check.ts'
import { cloneDatabase } from './steps/clone.ts'
import { dumpDatabase } from './steps/dump.ts'
import { migrateDatabase } from './steps/migrate.ts'
import { pushDump } from './steps/push.ts'
import { restorePrevious } from './steps/restore-previous.ts'

const migrateTask: TaskSpec<PostgresEnv> = {
  summary: 'List the pending migrations, dump the database if there are any, and migrate',
  run: ({ env }) => migrateDatabase(env),
}

const cloneTask: TaskSpec<PostgresEnv> = {
  summary: 'Replace the database by that of another environment, masked where the config says so',
  args: ['environment?'],
  run: ({ env, args }) => cloneDatabase(env, args.environment),
}

/** Dumps databases of PostgreSQL to this machine, and replaces them from dumps: whole, or not at all. */
export const postgres = definePlugin({
  name: 'postgres',
  options,
  hooks: {
    check: ({ env }) => checkServer(env),
  },
  tasks: {
    'database.dump': { summary: 'Dump the database to this machine, read to its end', readOnly: true, run: ({ env }) => dumpDatabase(env) },
    'database.push': {
      summary: 'Replace the database by a dump: the newest, or the named file',
      args: ['dump?'],
      run: ({ env, args }) => pushDump(env, { dump: args.dump, force: false, own: false }),
    },
    'database.force_push': {
      summary: 'The same, of a protected database too, without a question',
      args: ['dump?'],
      run: ({ env, args }) => pushDump(env, { dump: args.dump, force: true, own: false }),
    },
    'database.backups': {
      summary: 'The dumps that are here, and what the last push has kept on the server',
      readOnly: true,
      run: ({ env }) => listBackups(env),
    },
    'database.restore': {
      summary: 'Set the database back to its newest dump, to the named one, or to what was before the last push (previous)',
      args: ['dump?'],
      run: ({ env, args }) =>
        args.dump === 'previous' ? restorePrevious(env) : pushDump(env, { dump: args.dump, force: false, own: true }),
    },
    'database.clone': cloneTask,
    db_clone: { ...cloneTask, overridable: true },
    'database.migrate': migrateTask,
    db_migrate: { ...migrateTask, overridable: true },
  },
})
