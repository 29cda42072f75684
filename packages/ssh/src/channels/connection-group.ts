import { DragonfabError } from '@dragonfab/core'
import type { ClientChannel } from 'ssh2'
import type { SshConnection } from '../transport/connection.ts'

/** The connections to one destination. There is only one as long as the host allows all sessions on it. */
export interface ConnectionGroup {
  /** Starts a session on a connection with a free place, connecting if there is none. Call `onChannel` as soon as there is a channel. */
  startSession<T>(start: (connection: SshConnection, onChannel: (channel: ClientChannel) => void) => Promise<T>): Promise<T>
  /** Any connection, for forwarding, which does not count for MaxSessions. */
  anyConnection(): Promise<SshConnection>
  close(): Promise<void>
}

export interface ConnectionGroupOptions {
  readonly connect: () => Promise<SshConnection>
  readonly maxSessions: number
  readonly sessionWaitMs: number
}

interface GroupMember {
  readonly connection: SshConnection
  /** The number of sessions that the host is known to allow. */
  limit: number
  active: number
  /** Sessions that were ever started on it. */
  started: number
  /** The time when a session on it last ended. */
  freedAt: number
}

/** sshd counts a session until shortly after it has reported that the channel is closed. */
const settleMs = 250

export function createConnectionGroup({ connect, maxSessions, sessionWaitMs }: ConnectionGroupOptions): ConnectionGroup {
  const members = new Set<GroupMember>()
  const waiting: (() => void)[] = []
  let connecting: Promise<GroupMember> | undefined
  let growTimer: NodeJS.Timeout | undefined

  const addConnection = (): Promise<GroupMember> => {
    connecting ??= connect()
      .then((connection) => {
        const member: GroupMember = { connection, limit: maxSessions, active: 0, started: 0, freedAt: Number.NEGATIVE_INFINITY }
        members.add(member)
        connection.onLost(() => {
          members.delete(member)
          wakeWaiting()
        })
        return member
      })
      .finally(() => {
        connecting = undefined
        wakeWaiting()
      })
    return connecting
  }
  /** Lets all waiting sessions look for a place again. */
  const wakeWaiting = () => {
    clearTimeout(growTimer)
    growTimer = undefined
    for (const each of waiting.splice(0)) each()
  }
  const findFree = () => [...members].find((member) => member.active < member.limit && member.connection.lostReason() === undefined)
  const reserveSession = async (): Promise<GroupMember> => {
    for (;;) {
      const member = findFree()
      if (member) {
        member.active++
        return member
      }
      if (connecting || members.size === 0 || [...members].every((each) => each.limit === 0)) await addConnection()
      else {
        // Sessions that stay open until others have started would block each other forever.
        growTimer ??= setTimeout(() => {
          growTimer = undefined
          addConnection().catch(() => undefined)
        }, sessionWaitMs)
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
    }
  }

  return {
    anyConnection: async () =>
      [...members].find((member) => member.connection.lostReason() === undefined)?.connection ?? (await addConnection()).connection,
    startSession: async (start) => {
      for (;;) {
        const member = await reserveSession()
        const { connection } = member
        let isReleased = false
        const releaseSession = () => {
          if (isReleased) return
          isReleased = true
          member.active--
          member.freedAt = performance.now()
          wakeWaiting()
        }
        try {
          return await start(connection, (channel) => {
            member.started++
            const forget = connection.onLost(releaseSession)
            channel.once('close', () => {
              forget()
              releaseSession()
            })
          })
        } catch (error) {
          const { freedAt } = member
          releaseSession()
          member.freedAt = freedAt
          if (!isSessionRefusal(error)) throw error
          if (member.started === 0 && member.active === 0) throw noSessionsError(connection.name, error as Error)
          if (performance.now() - freedAt < settleMs) await new Promise((resolve) => setTimeout(resolve, settleMs / 5))
          // The host allows fewer sessions than assumed, or still counts one whose child processes are running.
          else member.limit = Math.min(member.limit, member.active)
        }
      }
    },
    close: async () => {
      clearTimeout(growTimer)
      const pending = connecting?.then((member) => member.connection.close()).catch(() => undefined)
      await Promise.all([...[...members].map((member) => member.connection.close()), pending])
    },
  }
}

function isSessionRefusal(error: unknown): boolean {
  return (error as { reason?: unknown }).reason !== undefined
}

function noSessionsError(name: string, error: Error): DragonfabError {
  return new DragonfabError({
    code: 'SSH_SESSIONS',
    host: name,
    message: `${name} accepts the login, but does not start a session`,
    cause: error.message,
    remedy: "check MaxSessions, ForceCommand and the user's shell on the host",
  })
}
