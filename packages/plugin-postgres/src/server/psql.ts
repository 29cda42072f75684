import { randomBytes } from 'node:crypto'
import type { Executor } from '@dragonfab/core'
import type { Access } from './access.ts'
import { createPostgresError } from './problems.ts'
import { connectionString, type PostgresProgram, startProgram } from './program.ts'
import { noTimeouts, type Row, type Server, type ServerSession } from './server.ts'

/** Runs queries by psql on the host: the only way if the server accepts only users of that machine. */
export function createPsqlServer(executor: Executor, access: Access, signal: AbortSignal): Server {
  return {
    async session(database = access.maintenance) {
      const session = new PsqlSession()
      await session.open(executor, access, database, signal)
      return session
    },
  }
}

/** One psql that receives statements. The first error ends it. */
class PsqlSession implements ServerSession {
  #program: PostgresProgram | undefined
  #output = ''
  #onOutput: () => void = () => undefined
  #error: Error | undefined
  #turn: Promise<unknown> = Promise.resolve()

  async open(executor: Executor, access: Access, database: string, signal: AbortSignal): Promise<void> {
    const decoder = new TextDecoder()
    const program = await startProgram(
      ['psql', '-X', '-q', '-A', '-t', '-w', '-v', 'ON_ERROR_STOP=1', '-v', 'VERBOSITY=verbose', '-d', connectionString(database)],
      {
        executor,
        access,
        database,
        signal,
        onOutput: (chunk) => {
          this.#output += decoder.decode(chunk, { stream: true })
          this.#onOutput()
        },
      },
    )
    this.#program = program
    program.done.then(
      ({ said, lost }) => this.#endSession(createPostgresError('the query failed', said || lost || '')),
      (error: Error) => this.#endSession(error),
    )
    await this.#ask("SET client_encoding TO 'UTF8'; SET client_min_messages TO warning")
    await this.#ask(noTimeouts)
  }

  async rows<T extends Row>(query: string): Promise<readonly T[]> {
    return JSON.parse((await this.#ask(`SELECT coalesce(json_agg(q), '[]') FROM (${query}) q`)).trim()) as readonly T[]
  }

  async run(...statements: readonly string[]): Promise<void> {
    for (const statement of statements) await this.#ask(statement)
  }

  async close(): Promise<void> {
    const program = this.#program
    this.#program = undefined
    program?.end()
    // Not waited for, because it may hang. The end of its input ends it.
    await Promise.race([program?.done.catch(() => undefined), new Promise((resolve) => setTimeout(resolve, 2000).unref())])
    program?.close()
  }

  #endSession(error: Error): void {
    this.#error ??= error
    this.#onOutput()
  }

  /** Sends queries one after the other. Each answer ends with a mark that nothing else prints. */
  #ask(statement: string): Promise<string> {
    const result = this.#turn.then(async () => {
      if (this.#error) throw this.#error
      const mark = randomBytes(12).toString('hex')
      const program = this.#program
      if (!program) throw createPostgresError('the query failed', 'the session is closed')
      this.#output = ''
      const answer = new Promise<string>((resolve, reject) => {
        this.#onOutput = () => {
          const end = this.#output.indexOf(mark)
          if (end >= 0) resolve(this.#output.slice(0, end))
          else if (this.#error) reject(this.#error)
        }
      })
      // If psql has exited, its own output is the reason, not the failed write.
      program.write(`${statement}\n;\n\\echo ${mark}\n`).catch(() => undefined)
      return answer
    })
    this.#turn = result.catch(() => undefined)
    return result
  }
}
