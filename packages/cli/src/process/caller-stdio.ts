import { fstatSync } from 'node:fs'
import { type Stdio, usageError } from '@dragonfab/core'
import type { CallerStdio, InputSource, Terminal } from '@dragonfab/run'
import type { CommandContext } from '../run/context.ts'

/** The status of a command whose reader went away: what a shell tells of SIGPIPE. */
const brokenPipe = 141

/** What an attached task gets of this process: its streams byte for byte, what is piped in, and the terminal for one that wants it. */
export function openCallerStdio({ invocation, streams, interruption }: CommandContext, stdio: Stdio | undefined): CallerStdio | undefined {
  const { json, verbose, noMask } = invocation.options
  if (!stdio || json) return undefined
  const terminal = stdio === 'tty' ? openTerminal(interruption.ignoreCtrlC) : undefined
  const to = { stdout: streams.out, stderr: streams.err }
  return {
    ...(terminal ? { terminal } : { input: openPipedInput() }),
    ...(!verbose && {
      raw: {
        unmasked: noMask,
        write: (stream, chunk) => {
          to[stream].write(chunk)
          // As with a pipe: a program that prints to nobody is ended.
          if (streams.out.isGone) interruption.raise(brokenPipe)
        },
      },
    }),
  }
}

/** Reads a pipe or a file. A terminal is left alone: tasks that need one ask for it (`shell`). */
function openPipedInput(): InputSource | undefined {
  try {
    // As bigints: where the last numbers that Node's fs was given were those of a pipe, its realpathSync stops at the first folder that
    // it has seen before, and a module behind a link (pnpm's are) is loaded without what it depends on.
    const stat = fstatSync(0, { bigint: true })
    if (!stat.isFIFO() && !stat.isFile() && !stat.isSocket()) return undefined
  } catch {
    // It is closed.
    return undefined
  }
  return {
    read: () => {
      // Whoever read a password from it let it go.
      const { stdin }: { readonly stdin: { ref?(): void } } = process
      stdin.ref?.()
      return process.stdin
    },
    close: () => void process.stdin.destroy(),
  }
}

function openTerminal(hold: () => () => void): Terminal | undefined {
  const { stdin, stdout } = process
  if (!stdin.isTTY) return undefined
  if (!stdout.isTTY) {
    throw usageError({
      code: 'NO_TERMINAL',
      message: 'a shell writes to the terminal that it reads from, and stdout is none',
      remedy: 'for output in a file or a pipe: once -- <command>; or pipe in what it shall read as well',
    })
  }
  return {
    get columns() {
      return stdout.columns || 80
    },
    get rows() {
      return stdout.rows || 24
    },
    handOver(how, { onInput: typed, onResize: resized }) {
      const release = hold()
      const resize = (): void => resized(stdout.columns || 80, stdout.rows || 24)
      if (how === 'raw') {
        stdin.setRawMode(true)
        stdin.on('data', typed)
        stdin.resume()
        stdout.on('resize', resize)
      }
      return () => {
        release()
        if (how !== 'raw') return
        stdout.off('resize', resize)
        stdin.off('data', typed)
        stdin.pause()
        stdin.setRawMode(false)
      }
    },
    write: (chunk) => (stdout.write(chunk) ? undefined : new Promise((resolve) => void stdout.once('drain', () => resolve()))),
  }
}
