import type { Connection } from './connection.ts'

/** What a host runs now: the output of its plugins' `standing`, or undefined where that could not be told. */
export async function askStanding(connection: Connection, text: string): Promise<string | undefined> {
  const session = await connection.session()
  if (session.lost) return undefined
  const said = await session.ask(text)
  return said.status === 0 ? said.stdout : undefined
}
