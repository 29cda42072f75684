import type { Problem } from '@dragonfab/core'
import type { Plan } from '@dragonfab/plan'
import type { Connection } from './connection.ts'

/** The live state of a host: the output of its plugins' `fingerprint`. Undefined if it cannot be read. */
export async function readFingerprint(connection: Connection, text: string): Promise<string | undefined> {
  const session = await connection.session()
  if (session.lost) return undefined
  const output = await session.capture(text)
  return output.status === 0 ? output.stdout : undefined
}

/** Compares the live state of hosts with the one when the plan was saved. */
export async function compareFingerprints(
  { hosts }: Plan,
  saved: Readonly<Record<string, string>>,
  connections: ReadonlyMap<string, Connection>,
): Promise<readonly Problem[]> {
  const problems = await Promise.all(
    hosts.map(async ({ name, fingerprint }): Promise<readonly Problem[]> => {
      const connection = connections.get(name)
      const now = connection && (await readFingerprint(connection, fingerprint))
      const then = saved[name] ?? ''
      if (now === then) return []
      return [
        {
          code: 'PLAN_OUTDATED',
          host: name,
          message: 'the host has changed since the plan was saved',
          cause: `then: ${then.trim() || 'nothing'}\nnow:  ${now?.trim() || 'nothing'}`,
          remedy: 'make a new plan with --plan-out',
        },
      ]
    }),
  )
  return problems.flat()
}
