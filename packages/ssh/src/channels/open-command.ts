import type { ExecOptions, ExecResult, OpenCommand } from '@dragonfab/core'
import type { ClientChannel } from 'ssh2'
import type { SshConnection } from '../transport/connection.ts'
import { createChannelInput } from './input.ts'
import { pumpOutput } from './output.ts'

/** Milliseconds without output after the exit status, before the host is asked whether more will come. */
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

  /** Reports the result once, and releases all resources. */
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
      // The connection has ended, and so has the channel.
    }
  }
  const finish = (lost: string) =>
    end(() => settle(cutReason === undefined && exit ? exit : { status: undefined, lost: cutReason ?? lost }), false)
  const close = (why: string) => end(() => settle(exit ?? { status: undefined, lost: why }), true)
  const abort = () => close('it was aborted')

  /** A child process may keep the output open long after the command has ended. When no more output comes, the command counts as ended. */
  const waitUntilQuiet = (ms: number) => {
    clearTimeout(quietTimer)
    quietTimer = setTimeout(async () => {
      const last = output.lastAt()
      const silentMs = performance.now() - last
      if (silentMs < quietMs) return waitUntilQuiet(quietMs - silentMs)
      // Silence alone may mean a stalled network. The first answer arrives after everything that was sent before it, the second one after
      // the output that the host still had to read from the command.
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
    // The status may come after the end of the output. A channel that closes without a status says nothing about the command.
    () => exited.then(() => finish('the host closed the channel without an exit status')),
    (error) => end(() => fail(error), true),
  )
  const forget = connection.onLost((why) => {
    // Otherwise a received status with half of the output would count as a success.
    if (!hasReceivedEof(channel)) cutReason = why
    // Received output is still being consumed. In case ssh2 does not end the streams, silence counts as their end.
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
        // The command has ended, and so has its terminal.
      }
    },
  }
}

/** Whether the host has reported the end of the output. Only private state of ssh2 distinguishes this from a lost connection. */
function hasReceivedEof(channel: ClientChannel): boolean {
  const { state } = (channel as unknown as { incoming?: { state?: string } }).incoming ?? {}
  return state === 'eof' || state === 'closed'
}
