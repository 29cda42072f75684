import { DragonfabError, type OpenCommand } from '@dragonfab/core'
import type { ClientChannel } from 'ssh2'
import type { SshConnection } from '../transport/connection.ts'

/** The input of a command on a channel. */
export interface ChannelInput extends Pick<OpenCommand, 'write' | 'end'> {
  /** Call this when the command no longer reads. Pending writes are rejected. */
  stop(): void
}

export function createChannelInput(channel: ClientChannel, connection: SshConnection): ChannelInput {
  let ended = false
  let stopped = false
  let interrupt: () => void = () => undefined
  let turn: Promise<void> = Promise.resolve()
  const stop = () => {
    stopped = true
    interrupt()
  }
  channel.once('close', stop)
  const write = (data: string | Uint8Array) =>
    new Promise<void>((resolve, reject) => {
      // ssh2 never calls back for data that it could no longer send.
      interrupt = () => reject(inputClosedError(connection))
      if (stopped || connection.lostReason() !== undefined) return interrupt()
      try {
        channel.write(data, (error) => (error ? reject(error) : resolve()))
      } catch {
        interrupt()
      }
    })
  return {
    stop,
    write: (data) => {
      if (ended) return Promise.reject(inputClosedError(connection))
      // Write one chunk after the other: the error of a write in ssh2's own queue could not be caught.
      const written = turn.then(() => write(data))
      turn = written.catch(() => undefined)
      return written
    },
    end: () => {
      if (ended) return
      ended = true
      void turn.then(() => {
        if (stopped || connection.lostReason() !== undefined) return
        try {
          channel.end()
        } catch {
          // The connection has ended, and so has the channel.
        }
      })
    },
  }
}

function inputClosedError(connection: SshConnection): DragonfabError {
  const why = connection.lostReason()
  return new DragonfabError({
    code: why === undefined ? 'SSH_INPUT_CLOSED' : 'SSH_LOST',
    host: connection.name,
    message: why === undefined ? 'the command no longer reads its input' : `the connection to ${connection.name} was lost`,
    ...(why === undefined ? {} : { cause: why }),
  })
}
