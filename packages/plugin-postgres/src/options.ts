import { type CoreEnv, type EnvOf, type FieldValues, flag, type Secret, secretText, table, text, whole } from '@dragonfab/core'
import type { release } from '@dragonfab/plugin-release'
import { type Mask, parseMask } from './clone/mask.ts'

type Environment = Readonly<Record<string, string | number | boolean | Secret>>

/** Variables of plugin-release. A database needs no releases, so a config may leave that plugin out. */
type ReleaseVariables = Pick<EnvOf<[ReturnType<typeof release>]>, 'currentPath' | 'dotenv'>
const hasReleases = (env: object): env is ReleaseVariables => 'currentPath' in env

/** The options under `postgres`. */
export const options = {
  name: text({ help: 'The database', alias: 'db_name', default: '%(appName)s' }),
  user: text({
    help: 'The role that owns the database and everything in it; it also connects if there is a password. By default the owner of the existing database, else `name`',
    alias: 'db_user',
  }),
  password: secretText({ help: 'The password of `user`, if the server asks for one', alias: 'db_password' }),
  dba: text({
    help: 'The role that may create, rename and drop databases and give them to others. Without `host` and passwords, everything runs as this user of the host, through sudo (peer authentication)',
    alias: 'dba',
    default: 'postgres',
    operand: true,
  }),
  dbaPassword: secretText({ help: 'The password of `dba`. If it is set, `dba` connects, otherwise `user`' }),
  host: text({
    help: 'Where the server listens, as seen from the host: a name, or the folder of its socket; by default the usual socket',
    alias: 'db_host',
    operand: true,
  }),
  port: whole({ help: 'Its port; by default 5432', alias: 'db_port', min: 1, max: 65535 }),
  ssl: text({
    help: 'How the connection to the server is encrypted and checked, as with `sslmode` of libpq',
    choices: ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'],
    default: 'prefer',
  }),
  maintenance: text({ help: 'The database from which others are created, renamed and dropped', default: 'postgres' }),
  protected: flag({
    help: 'Replace this database only if its name is typed, or by `database.force_push`. By default true in the environment `production`',
    default: ({ stage }: Readonly<Record<string, unknown>>) => stage === 'production',
  }),
  binDir: text({
    help: 'The folder of pg_dump, pg_restore and psql on the host; by default they are found in PATH',
    pattern: /^\/.+/,
    expected: 'be an absolute path',
  }),
  dumpWith: text({
    help: 'A command on the host that writes the dump to its standard output, instead of pg_dump: `pg_dump -Fc --exclude-table-data=sessions`. PGHOST, PGUSER, PGDATABASE and the like are set',
  }),
  dumps: text({ help: 'The folder for dumps on this machine, relative to the config', default: 'dumps', operand: true }),
  keepDumps: whole({ help: 'How many dumps of a database to keep for each environment', default: 5, min: 1 }),
  grants: flag({ help: 'Whether to grant the privileges in a dump; otherwise only the owner has any', default: true }),
  migrate: text({
    help: 'The command that migrates the database, in `migrateIn` on the first host, with `migrateEnv` and a virtualenv in that folder',
    default: './manage.py migrate --noinput',
  }),
  pending: text({
    help: 'The command that lists migrations, one per line. If lines are marked as Django does, those with `[ ]` are pending, otherwise all. Leave it empty if the tool cannot list them; then there is always a dump',
    default: './manage.py showmigrations --plan',
    allowEmpty: true,
  }),
  migrateIn: text({
    help: 'The folder to run them in. By default the live release; the new release if `database.migrate` is a hook of a release; `path` without releases',
    default: (env: Readonly<Record<string, unknown>>) => (hasReleases(env) ? env.currentPath : String(env.path)),
    operand: true,
  }),
  migrateEnv: table({
    help: 'Environment variables of `migrate` and `pending`; by default the `dotenv` of a release',
    keys: /^[A-Za-z_][A-Za-z0-9_]*$/,
    default: (env: Readonly<Record<string, unknown>>) => (hasReleases(env) ? env.dotenv : {}),
    parse: (value: Environment[string]) => value,
  }),
  dumpBeforeMigrate: flag({ help: 'Dump the database before migrating it, if migrations are pending', default: true }),
  cloneFrom: text({ help: 'The environment that `database.clone` (`db_clone`) clones if none is named', operand: true }),
  mask: table({
    help: 'How `database.clone` masks columns: `users.email: hash`, `null`, `{ constant: … }`, or `keep`. The masks of the cloned environment count too',
    default: {},
    parse: (value: Mask): Mask => parseMask(value),
  }),
  maskKey: secretText({
    help: 'The key of the hashes. If it is set, they stay the same from one clone to the next; by default each clone has its own key',
  }),
  requireMask: flag({ help: 'Refuse to clone if `mask` does not mention a column that looks personal', default: false }),
} as const

export interface PostgresEnv extends CoreEnv {
  readonly postgres: FieldValues<typeof options>
}
