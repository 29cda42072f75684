import type { ExecOptions, ExecResult, OpenCommand } from '@dragonfab/core'
import type { ClientChannel } from 'ssh2'
import type { SshConnection } from '../transport/connection.ts'
import { createChannelInput } from './input.ts'
import { pumpOutput } from './output.ts'

/** Milliseconds of silence after the exit status before the host is asked whether there is more to come. */
const quietMs = 500

/** A command on a channel, whose input the caller writes. Call this in the same turn in which the channel opens. */
export function openCommand(
  channel: ClientChannel,
  connection: SshConnection,
  options: Pick<ExecOptions, 'onOutput' | 'signal'> & { readonly onOutputHeld: () => void },
): OpenCommand {
  const output = pumpOutput(channel, options.onOutput)
  const stdin = createChannelInput(channel, connection)
  let exit: ExecResult | undefined
  /** Why the output is incomplete. */
  let cutReason: string | undefined
  let isOver = false
  let quietTimer: NodeJS.Timeout | undefined
  let settle: (result: ExecResult) => void = () => undefined
  let fail: (error: unknown) => void = () => undefined
  const done = new Promise<ExecResult>((resolve, reject) => {
    settle = resolve
    fail = reject
  })
  // A caller that only writes does not wait for the end, so its rejection must not end the process.
  done.catch(() => undefined)

  /** Gives the result once, and lets go of everything. */
  const end = (give: () => void, drop: boolean) => {
    if (isOver) return
    isOver = true
    clearTimeout(quietTimer)
    options.signal?.removeEventListener('abort', abort)
    forget()
    stdin.stop()
    give()
    if (!drop) return
    output.drop()
    try {
      channel.close()
    } catch {
      // The connection is gone, and the channel with it.
    }
  }
  const finish = (lost: string) =>
    end(() => settle(cutReason === undefined && exit ? exit : { status: undefined, lost: cutReason ?? lost }), false)
  const close = (why: string) => end(() => settle(exit ?? { status: undefined, lost: why }), true)
  const abort = () => close('it was aborted')

  /** A child may hold the output open long after the command's end: once nothing more comes, its end is the end. */
  const waitUntilQuiet = (ms: number) => {
    clearTimeout(quietTimer)
    quietTimer = setTimeout(async () => {
      const last = output.lastAt()
      const silentMs = performance.now() - last
      if (silentMs < quietMs) return waitUntilQuiet(quietMs - silentMs)
      // Silence alone may be a stalled network with the rest of the output still on its way. The answer comes after all that
      // was sent before it; the second one after what the host had yet to read from the command.
      const answered = (await connection.ping()) && (await connection.ping())
      if (isOver || connection.lostReason() !== undefined) return
      if (!answered || output.lastAt() !== last) return waitUntilQuiet(quietMs)
      close('its channel was abandoned')
      options.onOutputHeld()
    }, ms)
  }
  const exited = new Promise<void>((resolve) => {
    channel.once('exit', (code: number | null, signal?: string) => {
      exit = code === null ? { status: undefined, signal: `${signal}`.replace(/^SIG/, ''), lost: `ended by ${signal}` } : { status: code }
      resolve()
      if (!isOver) waitUntilQuiet(quietMs)
    })
    channel.once('close', resolve)
  })
  output.ended.then(
    // The status may come after the end of the output. A channel that closes without one tells nothing about the command.
    () => exited.then(() => finish('the host closed the channel without an exit status')),
    (error) => end(() => fail(error), true),
  )
  const forget = connection.onLost((why) => {
    // A received status with half of the output would pass for a success.
    if (!hasReceivedEof(channel)) cutReason = why
    // What has arrived is still being taken; should ssh2 forget to end the streams, silence is the end.
    const waitUntilConsumed = () => {
      if (isOver) return
      if (performance.now() - output.lastAt() > quietMs) return finish(why)
      setTimeout(waitUntilConsumed, quietMs)
    }
    setTimeout(waitUntilConsumed, quietMs)
  })
  if (options.signal?.aborted) abort()
  else options.signal?.addEventListener('abort', abort, { once: true })
  return {
    done,
    write: stdin.write,
    end: stdin.end,
    close: () => close('it was closed on this machine'),
    resize: (columns, rows) => {
      if (isOver || connection.lostReason() !== undefined) return
      try {
        channel.setWindow(rows, columns, 0, 0)
      } catch {
        // It has ended, and its terminal with it.
      }
    },
  }
}

/** Whether the host has said that there is no more output. ssh2 tells that apart from the end of a lost connection only inside. */
function hasReceivedEof(channel: ClientChannel): boolean {
  const { state } = (channel as unknown as { incoming?: { state?: string } }).incoming ?? {}
  return state === 'eof' || state === 'closed'
}
