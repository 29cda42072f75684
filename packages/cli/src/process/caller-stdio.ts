import { fstatSync } from 'node:fs'
import { type Stdio, usageError } from '@dragonfab/core'
import type { CallerStdio, InputSource, Terminal } from '@dragonfab/run'
import type { CommandContext } from '../run/context.ts'

/** The exit status if the reader of stdout goes away: the one that shells report for SIGPIPE. */
const brokenPipe = 141

/** The parts of this process that a task with `stdio` receives: its streams byte for byte, the piped input, and the terminal if it uses one. */
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
          // As in a pipe of a shell, a program whose output nobody reads is ended.
          if (streams.out.isGone) interruption.raise(brokenPipe)
        },
      },
    }),
  }
}

/** Opens stdin if it is a pipe or a file. A terminal is opened only for tasks that need one (`shell`). */
function openPipedInput(): InputSource | undefined {
  try {
    // `bigint` works around a fault in Node: after an `fstatSync` of a pipe with plain numbers, its realpathSync stops at the first folder
    // it has seen before, and a module behind a link (as with pnpm) is loaded without its dependencies.
    const stat = fstatSync(0, { bigint: true })
    if (!stat.isFIFO() && !stat.isFile() && !stat.isSocket()) return undefined
  } catch {
    // Stdin is closed.
    return undefined
  }
  return {
    read: () => {
      // askSudoPassword may have read from stdin and then called `unref`.
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
      message: 'the task needs a terminal, and stdout is not one',
      remedy: 'to write output to a file or a pipe, run `once -- <command>`, or pipe the input in as well',
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
