import { DragonfabError } from '@dragonfab/core'
import type { ClientChannel } from 'ssh2'
import type { Connection } from '../transport/connection.ts'

/** The connections to one destination: one, as long as the host lets all sessions be on it. */
export interface Shared {
  /** Starts a session on a connection with a free place, connecting when there is none. `begun` is to be told of its channel at once. */
  session<T>(start: (connection: Connection, begun: (channel: ClientChannel) => void) => Promise<T>): Promise<T>
  /** Any connection, for what is no session: forwarding does not count for MaxSessions. */
  any(): Promise<Connection>
  close(): Promise<void>
}

export interface SharedOptions {
  readonly connect: () => Promise<Connection>
  readonly maxSessions: number
  readonly sessionWaitMs: number
}

interface Member {
  readonly connection: Connection
  /** Sessions that the host is known to allow. */
  limit: number
  active: number
  /** Sessions that were ever started on it. */
  started: number
  /** When one of them last ended. */
  freedAt: number
}

/** sshd counts a session until a moment after it has said that its channel is closed. */
const settleMs = 250

export function shared({ connect, maxSessions, sessionWaitMs }: SharedOptions): Shared {
  const members = new Set<Member>()
  const waiting: (() => void)[] = []
  let connecting: Promise<Member> | undefined
  let patience: NodeJS.Timeout | undefined

  const add = (): Promise<Member> => {
    connecting ??= connect()
      .then((connection) => {
        const member: Member = { connection, limit: maxSessions, active: 0, started: 0, freedAt: Number.NEGATIVE_INFINITY }
        members.add(member)
        connection.onLost(() => {
          members.delete(member)
          wake()
        })
        return member
      })
      .finally(() => {
        connecting = undefined
        wake()
      })
    return connecting
  }
  /** All that wait look again; who finds nothing waits on. */
  const wake = () => {
    clearTimeout(patience)
    patience = undefined
    for (const each of waiting.splice(0)) each()
  }
  const free = () => [...members].find((member) => member.active < member.limit && member.connection.lost() === undefined)
  const takePlace = async (): Promise<Member> => {
    for (;;) {
      const member = free()
      if (member) {
        member.active++
        return member
      }
      if (connecting || members.size === 0 || [...members].every((each) => each.limit === 0)) await add()
      else {
        // Sessions that last as long as others wait would block each other for ever.
        patience ??= setTimeout(() => {
          patience = undefined
          add().catch(() => undefined)
        }, sessionWaitMs)
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
    }
  }

  return {
    any: async () => [...members].find((member) => member.connection.lost() === undefined)?.connection ?? (await add()).connection,
    session: async (start) => {
      for (;;) {
        const member = await takePlace()
        const { connection } = member
        let left = false
        const leave = () => {
          if (left) return
          left = true
          member.active--
          member.freedAt = performance.now()
          wake()
        }
        try {
          return await start(connection, (channel) => {
            member.started++
            const forget = connection.onLost(leave)
            channel.once('close', () => {
              forget()
              leave()
            })
          })
        } catch (error) {
          const { freedAt } = member
          leave()
          member.freedAt = freedAt
          if (!refusedSession(error)) throw error
          if (member.started === 0 && member.active === 0) throw noSessions(connection.name, error as Error)
          if (performance.now() - freedAt < settleMs) await new Promise((resolve) => setTimeout(resolve, settleMs / 5))
          // The host allows fewer than we thought, or still counts a session whose children live on.
          else member.limit = Math.min(member.limit, member.active)
        }
      }
    },
    close: async () => {
      clearTimeout(patience)
      const pending = connecting?.then((member) => member.connection.close()).catch(() => undefined)
      await Promise.all([...[...members].map((member) => member.connection.close()), pending])
    },
  }
}

function refusedSession(error: unknown): boolean {
  return (error as { reason?: unknown }).reason !== undefined
}

function noSessions(name: string, error: Error): DragonfabError {
  return new DragonfabError({
    code: 'SSH_SESSIONS',
    host: name,
    message: `${name} lets the user in, but starts no session for it`,
    cause: error.message,
    remedy: "see MaxSessions, ForceCommand and the user's shell on the host",
  })
}
