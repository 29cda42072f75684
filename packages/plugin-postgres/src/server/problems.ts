import { DragonfabError, type Problem } from '@dragonfab/core'

/** Texts of the server or its programs, with their meaning. The first match wins. */
const errorMeanings: readonly (Omit<Problem, 'message'> & { readonly message: string; readonly says: RegExp })[] = [
  {
    code: 'POSTGRES_TOOL_MISSING',
    says: /(pg_dump|pg_restore|psql).{0,6}: (No such file or directory|not found)|wrapper.*not found/,
    message: 'psql, pg_dump or pg_restore is not installed on the host',
    remedy: 'run `apt-get install postgresql-client` on the host, or set postgres.binDir',
  },
  {
    code: 'POSTGRES_SUDO',
    says: /sudo: |is not in the sudoers|unknown user/,
    message: 'the user on the host may not become the dba of the database',
    remedy:
      'allow it in sudoers (`deploy ALL=(postgres) NOPASSWD: ALL`), pass --ask-sudo-password, or set postgres.host and postgres.password',
  },
  {
    code: 'POSTGRES_DENIED',
    says: /password authentication failed|[Pp]eer authentication failed|no password supplied|no pg_hba\.conf entry|28P01|28000|FATAL:.*role ".*" does not exist/,
    message: 'the server refused the login',
    remedy: 'check postgres.user, postgres.password and postgres.dba, and whether pg_hba.conf allows the login',
  },
  {
    code: 'POSTGRES_ROLE',
    says: /role ".*" does not exist/,
    message: 'a role does not exist',
    remedy:
      'create it with createuser, set postgres.user to the owner that you want, or use postgres.grants: false if only privileges name it',
  },
  {
    code: 'POSTGRES_DOWN',
    says: /[Cc]onnection refused|ECONNREFUSED|No such file or directory|could not connect|could not translate host|starting up|shutting down|57P03|timeout expired|SSH_FORWARD|does not forward/,
    message: 'the server does not answer',
    remedy: 'check that it is running, and postgres.host and postgres.port as seen from the host',
  },
  {
    code: 'DISK_FULL',
    says: /No space left on device|53100|Disk quota exceeded/,
    message: 'the disk is full',
    remedy: 'free some space; the database is unchanged',
  },
  {
    code: 'POSTGRES_VERSION',
    says: /server version mismatch|unsupported version \(/,
    message: 'pg_dump or pg_restore on the host is older than the server or the dump',
    remedy: 'install postgresql-client of the newer version on the host, or set postgres.binDir',
  },
  {
    code: 'POSTGRES_NO_DATABASE',
    says: /database ".*" does not exist|3D000/,
    message: 'there is no such database',
    remedy: 'check postgres.name; `database.push` creates it',
  },
  {
    code: 'POSTGRES_FORBIDDEN',
    says: /permission denied|must be (owner|superuser|member|able)|42501/,
    message: 'the role that connects may not do that',
    remedy:
      'a push needs a role that may create databases and give them to postgres.user: set postgres.dba, and dbaPassword if it connects with a password',
  },
]

/** Makes an error from the output of a program or the server. */
export function createPostgresError(what: string, said: string): DragonfabError {
  const meaning = errorMeanings.find(({ says }) => says.test(said))
  const first = /(?:ERROR|FATAL):\s+(?:[0-9A-Z]{5}: )?(.*)/.exec(said)?.[1] ?? said.split('\n').findLast((line) => line.trim()) ?? ''
  return new DragonfabError({
    code: meaning?.code ?? 'POSTGRES_FAILED',
    message: `${what}: ${meaning ? `${meaning.message}${meaning.code === 'POSTGRES_ROLE' ? ` (${first})` : ''}` : first || 'it failed'}`,
    remedy: meaning?.remedy,
    cause: said || undefined,
  })
}
