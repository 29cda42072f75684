import {
  type CodeContext,
  type CodeStep,
  code,
  DragonfabError,
  exportLines,
  type Fragment,
  isDragonfabError,
  type Secret,
  type Step,
  sh,
  step,
} from '@dragonfab/core'
import { makeDump } from '../dumps/make-dump.ts'
import type { PostgresEnv } from '../env.ts'
import { formatCount } from '../format-amounts.ts'
import { accessOf, sudoOptionsOf } from '../server/access.ts'
import { accessArgs, dumpRequest } from './dump.ts'
import { parsePending } from './parse-pending.ts'

/** What plugin-release knows of the application's environment, where it takes part. */
type OptionalDotenv = { readonly dotenv?: Readonly<Record<string, string | number | boolean | Secret>> }

/** The status that stands for whichever the command has ended with. */
const failedStatus = 64

/** Lists what is pending, dumps the database when there is any, and migrates: in the new release, where it stands on a signal of one. */
export function migrateDatabase(env: PostgresEnv): readonly Step[] {
  const { name, migrate, pending, dumpBeforeMigrate } = env.postgres
  return [
    ...(pending === '' ? [] : [listPending(env)]),
    ...(dumpBeforeMigrate ? [dumpBeforeMigration(env)] : []),
    step(wrapInApplication(env, sh.raw(migrate)), {
      title: `migrate ${name}`,
      firstHost: true,
      showOutput: true,
      // Cut in the middle, one that is not a single transaction would leave half of itself.
      detached: true,
      failures: {
        [failedStatus]: {
          code: 'POSTGRES_MIGRATE',
          message: `${name} was not migrated: $OUTPUT`,
          remedy: `see above what it said; what it had done until then stays where the migration is not one transaction${
            dumpBeforeMigrate ? `, and the dump of before can be brought back: dragonfab ${env.stage} database.restore` : ''
          }`,
        },
      },
    }),
  ]
}

/** What `listPending` found out, for the dump, which may run as another user. */
interface Migrations {
  pending?: readonly string[]
}

const migrationsOf = ({ run }: CodeContext, { postgres }: PostgresEnv): Migrations =>
  run.once(`postgres.pending ${JSON.stringify([postgres.name, postgres.migrateIn])}`, () => ({}))

function listPending(env: PostgresEnv): CodeStep {
  const { pending, migrateIn } = env.postgres
  return code(
    { name: 'postgres.pending', title: 'which migrations are pending', args: { pending, migrateIn }, firstHost: true, showOutput: true },
    async (context) => {
      const { capture, log } = context
      const lines = [...exportLines(env.shellEnv).map(sh.raw), wrapInApplication(env, sh.raw(pending))]
      const listed = await capture(sh.join(lines)).catch((error: unknown) => {
        throw new DragonfabError({
          code: 'POSTGRES_MIGRATE',
          message: `what is pending could not be listed: ${pending}`,
          cause: isDragonfabError(error) ? error.problems[0]?.cause : String(error),
          remedy: 'nothing was changed; are postgres.pending and migrateIn right?',
        })
      })
      const found = parsePending(listed)
      migrationsOf(context, env).pending = found
      log(found.length ? `${formatCount(found.length, 'pending migration')}:` : 'no migration is pending')
      for (const line of found) log(`  ${line}`)
    },
  )
}

function dumpBeforeMigration(env: PostgresEnv): CodeStep {
  const request = dumpRequest(env)
  return code(
    {
      name: 'postgres.dump-before',
      title: `dump ${env.postgres.name}, if any is pending`,
      args: { ...request, ...accessArgs(env) },
      firstHost: true,
      showOutput: true,
      ...sudoOptionsOf(env),
    },
    async (context) => {
      const { pending } = migrationsOf(context, env)
      if (pending === undefined || pending.length > 0) await makeDump(context, accessOf(env), request)
    },
  )
}

/** Text in the application's folder, with the virtualenv that lies there and the application's environment. Any failure is one status. */
function wrapInApplication(env: PostgresEnv, text: Fragment): Fragment {
  const dotenv = 'dotenv' in env ? ((env as OptionalDotenv).dotenv ?? {}) : {}
  return sh.join([
    sh`
      failed=${failedStatus}
      trap '[ $? -eq 0 ] || exit "$failed"' EXIT
      cd -- ${env.postgres.migrateIn}
      for each in venv .venv env; do
        [ -x "$each/bin/python" ] || continue
        PATH=$PWD/$each/bin:$PATH
        export PATH
        break
      done
    `,
    ...Object.entries(dotenv).map(([name, value]) => sh`export ${sh.raw(name)}=${typeof value === 'object' ? value : String(value)}`),
    text,
  ])
}
