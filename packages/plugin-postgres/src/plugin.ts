import { definePlugin, type TaskSpec } from '@dragonfab/core'
import { options, type PostgresEnv } from './options.ts'
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
  summary: 'Replace the database with that of another environment, masked as the config says',
  args: ['environment?'],
  run: ({ env, args }) => cloneDatabase(env, args.environment),
}

/** Dumps PostgreSQL databases to this machine, and replaces them with dumps, completely or not at all. */
export const postgres = definePlugin({
  name: 'postgres',
  options,
  hooks: {
    check: ({ env }) => checkServer(env),
  },
  tasks: {
    'database.dump': {
      summary: 'Dump the database to this machine, and check that the dump is complete',
      readOnly: true,
      run: ({ env }) => dumpDatabase(env),
    },
    'database.push': {
      summary: 'Replace the database with a dump: the newest, or the named file',
      args: ['dump?'],
      run: ({ env, args }) => pushDump(env, { dump: args.dump, force: false, own: false }),
    },
    'database.force_push': {
      summary: 'Replace the database without asking, even if it is protected',
      args: ['dump?'],
      run: ({ env, args }) => pushDump(env, { dump: args.dump, force: true, own: false }),
    },
    'database.backups': {
      summary: 'List the dumps on this machine, and the database that the last push kept on the server',
      readOnly: true,
      run: ({ env }) => listBackups(env),
    },
    'database.restore': {
      summary: 'Restore the database from its newest dump, from the named one, or as it was before the last push (previous)',
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
