import {
  type CodeContext,
  type CodeStep,
  code,
  DragonfabError,
  exitStatuses,
  exportLines,
  type Fragment,
  isDragonfabError,
  type Step,
  sh,
  step,
} from '@dragonfab/core'
import { makeDump } from '../dumps/make-dump.ts'
import { formatCount } from '../format-amounts.ts'
import type { PostgresEnv } from '../options.ts'
import { accessOf, sudoOptionsOf } from '../server/access.ts'
import { accessArgs, dumpRequest } from './dump.ts'

/** Lists pending migrations, dumps the database if there are any, and migrates. On a signal of a release it runs in the new release. */
export function migrateDatabase(env: PostgresEnv): readonly Step[] {
  const { name, migrate, pending, dumpBeforeMigrate } = env.postgres
  return [
    ...(pending === '' ? [] : [listPending(env)]),
    ...(dumpBeforeMigrate ? [dumpBeforeMigration(env)] : []),
    step(wrapInApplication(env, sh.raw(migrate)), {
      title: `migrate ${name}`,
      firstHost: true,
      showOutput: true,
      // A migration that is not one transaction would be applied in part if it were cut off.
      detached: true,
      failures: failuresOf(env),
    }),
  ]
}

/** The command's own status is unknown to us, so any failure exits with this one. */
const exitStatus = { failed: 64 } as const

function failuresOf({ stage, postgres }: PostgresEnv) {
  const restore = `; \`dragonfab ${stage} database.restore\` restores the dump that was made before it`
  return exitStatuses({
    failed: {
      status: exitStatus.failed,
      code: 'POSTGRES_MIGRATE',
      message: `migrating ${postgres.name} failed: $OUTPUT`,
      remedy: `see its output above; if the migration is not one transaction, part of it has been applied${postgres.dumpBeforeMigrate ? restore : ''}`,
    },
  }).failures
}

/** The answer of `listPending`, for the dump step, which may run as another user. */
interface Migrations {
  pending?: readonly string[]
}

const migrationsOf = ({ run }: CodeContext, { postgres }: PostgresEnv): Migrations =>
  run.once(`postgres.pending ${JSON.stringify([postgres.name, postgres.migrateIn])}`, () => ({}))

function listPending(env: PostgresEnv): CodeStep {
  const { pending, migrateIn } = env.postgres
  return code(
    { name: 'postgres.pending', title: 'list pending migrations', args: { pending, migrateIn }, firstHost: true, showOutput: true },
    async (context) => {
      const { capture, log } = context
      const lines = [...exportLines(env.shellEnv).map(sh.raw), wrapInApplication(env, sh.raw(pending))]
      const list = await capture(sh.join(lines)).catch((error: unknown) => {
        throw new DragonfabError({
          code: 'POSTGRES_MIGRATE',
          message: `pending migrations cannot be listed: ${pending}`,
          cause: isDragonfabError(error) ? error.problems[0]?.cause : String(error),
          remedy: 'nothing was changed; check postgres.pending and postgres.migrateIn',
        })
      })
      const migrations = parsePending(list)
      migrationsOf(context, env).pending = migrations
      log(migrations.length ? `${formatCount(migrations.length, 'pending migration')}:` : 'no migration is pending')
      for (const line of migrations) log(`  ${line}`)
    },
  )
}

function dumpBeforeMigration(env: PostgresEnv): CodeStep {
  const request = dumpRequest(env)
  return code(
    {
      name: 'postgres.dump-before',
      title: `dump ${env.postgres.name} if migrations are pending`,
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

/** Text in the application's folder, with `migrateEnv` and the virtualenv in that folder. Any failure exits with one status. */
function wrapInApplication(env: PostgresEnv, text: Fragment): Fragment {
  const { migrateIn, migrateEnv } = env.postgres
  return sh.join([
    sh`
      failed=${exitStatus.failed}
      trap '[ $? -eq 0 ] || exit "$failed"' EXIT
      cd -- ${migrateIn}
      for each in venv .venv env; do
        [ -x "$each/bin/python" ] || continue
        PATH=$PWD/$each/bin:$PATH
        export PATH
        break
      done
    `,
    ...Object.entries(migrateEnv).map(([name, value]) => sh`export ${sh.raw(name)}=${typeof value === 'object' ? value : String(value)}`),
    text,
  ])
}

const markedLine = /^\s*\[[xX ]\]/
const pendingLine = /^\s*\[ \]/

/**
 * Reads the pending migrations from a command's list, one per line. If lines are marked as Django does, `[X]` and `[ ]`, only the second kind is
 * pending; otherwise every line is.
 */
export function parsePending(list: string): readonly string[] {
  const lines = list.split('\n').map((line) => line.trimEnd())
  const counts = lines.some((line) => markedLine.test(line))
    ? (line: string) => pendingLine.test(line)
    : (line: string) => line.trim() !== ''
  // Django prints this for a project without migrations.
  return lines.filter((line) => counts(line) && line.trim() !== '(no migrations)').map((line) => line.trim())
}
