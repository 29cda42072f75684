import { DragonfabError, type Executor, type OpenCommand, reveal } from '@dragonfab/core'
import type { Access } from './access.ts'

export interface ProgramOptions {
  readonly executor: Executor
  readonly access: Access
  /** The database for PGDATABASE; by default the access's own. */
  readonly database?: string | undefined
  readonly signal: AbortSignal
  /** Receives its standard output. If it returns a promise, the program waits for it. */
  readonly onOutput?: ((chunk: Uint8Array) => void | Promise<void>) | undefined
}

/** A program of PostgreSQL that runs on the host. */
export interface PostgresProgram {
  readonly write: OpenCommand['write']
  readonly end: OpenCommand['end']
  readonly close: OpenCommand['close']
  /** How it ended, and the last lines of its standard error. */
  readonly done: Promise<{ readonly status: number | undefined; readonly said: string; readonly lost: string | undefined }>
}

/**
 * The first line of the input is a line for libpq's password file, or empty. The file is removed before the program starts, and the program reads it
 * by its open descriptor. So the password is never in an argument, in an environment, or in a file that a kill could leave behind.
 */
const wrapperScript = `cd / || :
umask 077
IFS= read -r pass || exit 97
if [ -n "$pass" ]; then
  d=$(mktemp -d "\${TMPDIR:-/tmp}/dragonfab-XXXXXXXXXX") || exit 97
  printf '%s\\n' "$pass" >"$d/pass" && exec 3<"$d/pass" || { rm -rf -- "$d"; exit 97; }
  rm -rf -- "$d"
  pass=
  export PGPASSFILE=/dev/fd/3
fi
exec env "$@"`

/** Starts a program, without a shell between it and its input and output. */
export async function startProgram(argv: readonly string[], options: ProgramOptions): Promise<PostgresProgram> {
  const { executor, access, signal, onOutput } = options
  const [program = '', ...words] = argv
  const programPath = access.binDir !== undefined && !program.includes('/') && program !== 'sh' ? `${access.binDir}/${program}` : program
  let said = Buffer.alloc(0)
  const command = await executor.open(
    ['sh', '-c', wrapperScript, 'sh', ...environmentWords(access, options.database ?? access.database), programPath, ...words],
    {
      signal,
      onOutput: (stream, chunk) => {
        if (stream === 'stdout') return onOutput?.(chunk)
        said = Buffer.concat([said, chunk]).subarray(-16_384)
      },
    },
  )
  await command.write(`${passwordLine(access)}\n`)
  return {
    write: (data) => command.write(data),
    end: () => command.end(),
    close: () => command.close(),
    done: command.done.then(({ status, lost }) => ({ status, lost, said: said.toString().trim() })),
  }
}

/** A connection string that names only the database, so that a name with `=` is not read as a connection string. */
export const connectionString = (name: string): string => `dbname='${name.replace(/[\\']/g, '\\$&')}'`

function environmentWords(access: Access, database: string): readonly string[] {
  const { host, port, role, ssl } = access
  return [
    ...(host === undefined ? [] : [`PGHOST=${host}`]),
    ...(port === undefined ? [] : [`PGPORT=${port}`]),
    `PGUSER=${role}`,
    `PGDATABASE=${database}`,
    `PGSSLMODE=${ssl}`,
    'PGAPPNAME=dragonfab',
    'PGCONNECT_TIMEOUT=15',
    'LC_ALL=C',
  ]
}

function passwordLine({ password }: Access): string {
  if (password === undefined) return ''
  const value = reveal(password)
  if (/[\n\r\0]/.test(value))
    throw new DragonfabError({
      code: 'POSTGRES_PASSWORD',
      message: `${password.label} has a line break, which a password file of PostgreSQL cannot contain`,
      remedy: 'remove the line break; if the password comes from a file, trim it',
    })
  return `*:*:*:*:${value.replace(/[\\:]/g, '\\$&')}`
}
