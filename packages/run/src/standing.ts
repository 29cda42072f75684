import type { Connection } from './connection.ts'

/** What a host runs now: the output of its plugins' `standing`, or undefined where that could not be told. */
export async function askStanding(connection: Connection, text: string): Promise<string | undefined> {
  const session = await connection.session()
  if (session.lost) return undefined
  let said = ''
  const end = await session.run(text, { output: (stream, chunk) => void (stream === 'stdout' && (said += chunk.toString('utf8'))) })
  return end.status === 0 ? said : undefined
}
