import { DragonfabError, type ExecOptions, type ExecResult, type OpenCommand } from '@dragonfab/core'
import type { Channel } from 'ssh2'
import type { Connection } from '../transport/connection.ts'
import { pump } from './output.ts'

/** Milliseconds of silence after the exit status before the host is asked whether there is more to come. */
const quietMs = 500

/** A command on a channel, with its input in the caller's hands. */
export function openCommand(
  channel: Channel,
  connection: Connection,
  options: Pick<ExecOptions, 'onOutput' | 'signal'> & { readonly onHeld: () => void },
): OpenCommand {
  const output = pump(channel, options.onOutput)
  let exit: ExecResult | undefined
  let over = false
  let settle: (result: ExecResult) => void = () => undefined
  let fail: (error: unknown) => void = () => undefined
  const done = new Promise<ExecResult>((resolve, reject) => {
    settle = resolve
    fail = reject
  })
  // Who only writes must not end the process because nobody waits for the end.
  done.catch(() => undefined)
  const stopped = done.then(
    () => undefined,
    () => undefined,
  )
  const finish = (result: ExecResult) => {
    if (over) return
    over = true
    clearTimeout(patience)
    options.signal?.removeEventListener('abort', abort)
    settle(result)
  }
  const shut = () => {
    output.drop()
    try {
      channel.close()
    } catch {
      // The connection is gone, and the channel with it.
    }
  }
  const close = (why: string) => {
    if (over) return
    finish(exit ?? { status: undefined, lost: why })
    shut()
  }
  const abort = () => close('it was aborted')

  let patience: NodeJS.Timeout | undefined
  /** A child may hold the output open long after the command's end: once nothing more comes, its end is the end. */
  const waitQuiet = (ms: number) => {
    clearTimeout(patience)
    patience = setTimeout(async () => {
      const silentMs = performance.now() - output.lastAt()
      if (silentMs < quietMs) return waitQuiet(quietMs - silentMs)
      const last = output.lastAt()
      // Silence alone may be a stalled network with the rest of the output still on its way. The answer comes after all that
      // was sent before it; the second one after what the host had yet to read from the command.
      const answered = (await connection.ping()) && (await connection.ping())
      if (over) return
      if (!answered || output.lastAt() !== last) return waitQuiet(quietMs)
      finish(exit ?? { status: undefined, lost: 'the channel closed' })
      options.onHeld()
      shut()
    }, ms)
  }

  channel.on('exit', (code: number | null, signal?: string) => {
    exit = code === null ? { status: undefined, signal: (signal ?? '').replace(/^SIG/, ''), lost: `ended by ${signal}` } : { status: code }
    waitQuiet(quietMs)
  })
  const closed = new Promise<void>((resolve) => channel.once('close', () => resolve()))
  output.ended.then(
    async () => {
      // The status may come after the end of the output. A channel that closes without one tells nothing about the command.
      if (!exit) await Promise.race([closed, new Promise((resolve) => channel.once('exit', resolve))])
      finish(exit ?? { status: undefined, lost: connection.lost() ?? 'the host closed the channel without an exit status' })
    },
    (error) => {
      over = true
      clearTimeout(patience)
      options.signal?.removeEventListener('abort', abort)
      fail(error)
      shut()
    },
  )
  connection.onLost((why) => {
    // What had arrived is still being taken; but nothing more will come, so a status that is missing now stays missing.
    void output.ended.then(
      () => finish(exit ?? { status: undefined, lost: why }),
      () => undefined,
    )
  })
  if (options.signal?.aborted) abort()
  else options.signal?.addEventListener('abort', abort, { once: true })

  let ended = false
  let written: Promise<void> = Promise.resolve()
  const write = async (data: string | Uint8Array) => {
    if (over || channel.destroyed || connection.lost() !== undefined) throw closedInput(connection)
    const sent = new Promise<void>((resolve, reject) => {
      try {
        channel.write(data, (error) => (error ? reject(error) : resolve()))
      } catch (error) {
        reject(error)
      }
    })
    const gone = Promise.race([stopped, closed]).then(() => {
      throw closedInput(connection)
    })
    gone.catch(() => undefined)
    // ssh2 never calls back for what it could no longer send.
    await Promise.race([sent, gone])
  }
  return {
    done,
    write: (data) => {
      if (ended) return Promise.reject(closedInput(connection))
      // One after the other: what stands in a queue of ssh2 could be sent, and fail, where nobody catches it.
      const turn = written.then(() => write(data))
      written = turn.catch(() => undefined)
      return turn
    },
    end: () => {
      if (ended) return
      ended = true
      void written.then(() => {
        if (over || connection.lost() !== undefined) return
        try {
          channel.end()
        } catch {
          // The connection is gone, and the channel with it.
        }
      })
    },
    close: () => close('it was closed here'),
  }
}

function closedInput(connection: Connection): DragonfabError {
  const why = connection.lost()
  return new DragonfabError({
    code: why === undefined ? 'SSH_INPUT_CLOSED' : 'SSH_LOST',
    host: connection.name,
    message: why === undefined ? 'the command no longer reads its input' : `the connection to ${connection.name} was lost`,
    ...(why === undefined ? {} : { cause: why }),
  })
}
