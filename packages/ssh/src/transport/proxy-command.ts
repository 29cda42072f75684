import { type ChildProcess, spawn } from 'node:child_process'
import { Duplex } from 'node:stream'
import { makePrintable } from '../options.ts'

/** The input and output of a `ProxyCommand`, as one stream. */
export interface ProxyCommandStream extends Duplex {
  /** The last lines of the command's standard error, and its exit status if that is not 0. */
  failure(): string | undefined
}

/** Starts a ProxyCommand as OpenSSH does: the user's shell executes it and is replaced by it. */
export function openProxyCommand(command: string): ProxyCommandStream {
  // In its own process group, so that Ctrl-C at the terminal does not close the connection that the run needs to stop in order.
  const child = spawn(process.env.SHELL || '/bin/sh', ['-c', `exec ${command}`], { stdio: ['pipe', 'pipe', 'pipe'], detached: true })
  let complaint = ''
  let ending: string | undefined
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk).slice(-2_000)
  })
  const stream = new Duplex({
    read: () => void child.stdout.resume(),
    // A command that no longer reads is reported by its end, with its output.
    write: (chunk, _encoding, done) => void child.stdin.write(chunk, () => done()),
    final: (done) => void child.stdin.end(() => done()),
    destroy: (error, done) => {
      killProcessGroup(child)
      done(error)
    },
  })
  child.stdout.on('data', (chunk: Buffer) => {
    if (!stream.push(chunk)) child.stdout.pause()
  })
  child.stdin.on('error', () => undefined)
  child.on('error', (error) => {
    ending = error.message
    stream.destroy()
  })
  child.on('close', (status, signal) => {
    // Not earlier, so that a caller that sees the end can ask for its reason.
    if (status !== 0) ending ??= `it ended with ${signal ?? `status ${status}`}`
    stream.push(null)
    stream.destroy()
  })
  stream.on('error', () => undefined)
  return Object.assign(stream, { failure: () => makePrintable([complaint, ending].filter(Boolean).join(' ')) || undefined })
}

function killProcessGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    process.kill(-child.pid, 'SIGTERM')
  } catch {
    // It has already ended.
  }
}
