import type { Connection } from './connection.ts'

/** What a host runs now: the output of its plugins' `standing`, or undefined where that could not be told. */
export async function readFingerprint(connection: Connection, text: string): Promise<string | undefined> {
  const session = await connection.session()
  if (session.lost) return undefined
  const output = await session.capture(text)
  return output.status === 0 ? output.stdout : undefined
}
