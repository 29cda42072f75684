import { flag, secretText, table, text, whole } from '@dragonfab/core'
import { type Mask, parseMask } from './clone/mask.ts'

/** What stands under `postgres`. */
export const options = {
  name: text({ help: 'The database', alias: 'db_name', default: '%(appName)s' }),
  user: text({
    help: 'The role that owns the database and all in it; who connects where there is a password. By default the owner of the database that is there, else `name`',
    alias: 'db_user',
  }),
  password: secretText({ help: 'The password of `user`; none where the server asks for none', alias: 'db_password' }),
  dba: text({
    help: 'The role that may create, rename and drop databases and give them to others. Without `host` and passwords it is also the user of the machine as whom all is run, through sudo (peer authentication)',
    alias: 'dba',
    default: 'postgres',
    operand: true,
  }),
  dbaPassword: secretText({ help: 'The password of `dba`, where it has one: then `dba` connects, else `user`' }),
  host: text({
    help: 'Where the server listens, as seen from the host: a name, or the folder of its socket; by default the usual socket',
    alias: 'db_host',
    operand: true,
  }),
  port: whole({ help: 'Its port; by default 5432', alias: 'db_port', min: 1, max: 65535 }),
  ssl: text({
    help: 'Whether the connection to the server is encrypted, and what is checked: the words of libpq',
    choices: ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'],
    default: 'prefer',
  }),
  maintenance: text({ help: 'The database from which others are created, renamed and dropped', default: 'postgres' }),
  protected: flag({
    help: 'Whether this database is replaced only when its name is typed, or by `database.force_push`; by default that of the environment `production`',
    default: ({ stage }: Readonly<Record<string, unknown>>) => stage === 'production',
  }),
  binDir: text({
    help: 'The folder of pg_dump, pg_restore and psql on the host; by default they are found in PATH',
    pattern: /^\/.+/,
    expected: 'be an absolute path',
  }),
  dumpWith: text({
    help: 'Shell text that writes the dump to its standard output, on the host, instead of pg_dump: `pg_dump -Fc --exclude-table-data=sessions`. PGHOST, PGUSER, PGDATABASE and the like are set',
  }),
  dumps: text({ help: 'The folder of this machine for dumps, relative to the config', default: 'dumps', operand: true }),
  keepDumps: whole({ help: 'How many dumps of a database of an environment are kept here', default: 5, min: 1 }),
  grants: flag({ help: 'Whether privileges in a dump are granted; else it is as if only the owner had any', default: true }),
  migrate: text({
    help: 'Shell text that migrates the database, in `migrateIn` on the first host; a virtualenv that lies there and `dotenv` are in its environment',
    default: './manage.py migrate --noinput',
  }),
  pending: text({
    help: 'Shell text that lists migrations, one a line: those marked `[ ]`, as Django does, else all are pending; empty for a tool that cannot tell, so that there is always a dump',
    default: './manage.py showmigrations --plan',
    allowEmpty: true,
  }),
  migrateIn: text({
    help: 'Where it runs; by default in the live release, in the new one where `database.migrate` stands on a signal of a release, and in `path` without releases',
    default: (env: Readonly<Record<string, unknown>>) => String('currentPath' in env ? env.currentPath : env.path),
    operand: true,
  }),
  dumpBeforeMigrate: flag({ help: 'Whether the database is dumped before it is migrated, when anything is pending', default: true }),
  cloneFrom: text({ help: 'The environment that `database.clone` (`db_clone`) takes when none is named', operand: true }),
  mask: table({
    help: 'What becomes of columns on the way of `database.clone`: `users.email: hash`, `null`, `{ constant: … }`, or `keep`; that of the environment that is cloned counts too',
    default: {},
    parse: (value: Mask): Mask => parseMask(value),
  }),
  maskKey: secretText({
    help: 'What hashes are keyed with, so that they stay the same from one clone to the next; by default each clone has a key of its own',
  }),
  requireMask: flag({ help: 'Whether a clone is refused while `mask` says nothing of a column that looks personal', default: false }),
} as const
