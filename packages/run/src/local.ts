import { spawn } from 'node:child_process'
import type { Writable } from 'node:stream'
import { DragonfabError, type ExecResult, type Executor, type OpenCommand } from '@dragonfab/core'

/**
 * Runs commands on this machine, each in a process group of its own (`detached`), so that what a session starts can be ended
 * together and a Ctrl-C of the terminal does not reach it behind the runner's back.
 */
export function localExecutor(label = 'local'): Executor {
  const running = new Set<OpenCommand>()
  return {
    label,
    async open(argv, options = {}) {
      const [program = '', ...rest] = argv
      // At the terminal of this program a command stays in its foreground group: else it could not read from it.
      const terminal = options.tty !== undefined
      const child = spawn(program, rest, {
        detached: !terminal,
        stdio: terminal ? ['pipe', 'inherit', 'inherit'] : ['pipe', 'pipe', 'pipe'],
        ...(options.cwd !== undefined && { cwd: options.cwd }),
        env: { ...process.env, ...options.env },
        ...(options.signal && { signal: options.signal }),
      })
      const started = new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject))
      const taken = { stdout: Promise.resolve(), stderr: Promise.resolve() }
      for (const stream of ['stdout', 'stderr'] as const) {
        let waiting = 0
        child[stream]?.on('data', (chunk: Buffer) => {
          // Node lets a stream go on when its process has exited, paused or not: what comes then waits for its turn here.
          const wait = waiting ? taken[stream].then(() => options.onOutput?.(stream, chunk)) : options.onOutput?.(stream, chunk)
          if (!wait) return
          waiting++
          child[stream]?.pause()
          taken[stream] = wait
            .catch(() => undefined)
            .then(() => {
              if (--waiting === 0) child[stream]?.resume()
            })
        })
      }
      let closed: (end: ExecResult) => void = () => undefined
      const done = new Promise<ExecResult>((resolve) => {
        closed = resolve
        child.once('close', async (status, signal) => {
          // Who asks for the end has all of the output by then.
          await Promise.all(Object.values(taken))
          resolve({ status: status ?? undefined, ...(signal && { signal: signal.replace(/^SIG/, ''), lost: `ended by ${signal}` }) })
        })
        child.once('error', (error) => resolve({ status: undefined, lost: error.message }))
      })
      // A command that has gone is told by `done`, not by the pipe.
      const stdin = child.stdin as Writable
      stdin.on('error', () => undefined)
      try {
        await started
      } catch (error) {
        const cause = error instanceof Error ? error.message : String(error)
        throw new DragonfabError({
          code: 'COMMAND_NOT_STARTED',
          host: label,
          message: `${program} cannot be started`,
          cause,
          remedy: 'is it installed, and in PATH?',
        })
      }
      const command: OpenCommand = {
        write: (data) =>
          new Promise((resolve, reject) => {
            if (stdin.destroyed) reject(new Error('the command has ended'))
            else stdin.write(data, (error) => (error ? reject(error) : resolve()))
          }),
        end: () => void stdin.end(),
        ...(terminal && { ownTerminal: true }),
        close: () => {
          // The end of its input is what a session notices; a plain command gets a signal, with its children.
          stdin.destroy()
          for (const stream of [child.stdout, child.stderr]) stream?.destroy()
          // What a terminal does that is closed.
          if (terminal) child.kill('SIGHUP')
          // What it started may ignore every signal: who closes does not wait for it, as with a channel of SSH.
          closed({ status: undefined, lost: 'closed' })
          child.unref()
        },
        done,
      }
      running.add(command)
      done.finally(() => running.delete(command)).catch(() => undefined)
      return command
    },
    async close() {
      for (const command of running) command.close()
    },
  }
}
