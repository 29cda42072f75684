import { spawn } from 'node:child_process'
import type { Writable } from 'node:stream'
import { DragonfabError, type ExecResult, type Executor, type OpenCommand } from '@dragonfab/core'

/**
 * Runs commands on this machine, each in its own process group (`detached`), so that everything a session starts can be ended
 * together, and a Ctrl-C at the terminal does not reach it without the runner.
 */
export function localExecutor(label = 'local'): Executor {
  const running = new Set<OpenCommand>()
  return {
    label,
    async open(argv, options = {}) {
      const [program = '', ...rest] = argv
      // A command at this program's terminal stays in the foreground process group. Otherwise it could not read from the terminal.
      const terminal = options.tty !== undefined
      const child = spawn(program, rest, {
        detached: !terminal,
        stdio: terminal ? ['pipe', 'inherit', 'inherit'] : ['pipe', 'pipe', 'pipe'],
        ...(options.cwd !== undefined && { cwd: options.cwd }),
        env: { ...process.env, ...options.env },
        ...(options.signal && { signal: options.signal }),
      })
      // Ends everything that the command started. At a terminal its group is this program's own.
      const endGroup = (): void => {
        if (!terminal && child.pid !== undefined) signalGroup(child.pid, 'SIGTERM')
      }
      options.signal?.addEventListener('abort', endGroup, { once: true })
      const started = new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject))
      const delivered = { stdout: Promise.resolve(), stderr: Promise.resolve() }
      for (const stream of ['stdout', 'stderr'] as const) {
        let waiting = 0
        child[stream]?.on('data', (chunk: Buffer) => {
          // When a process has exited, Node resumes its streams even if they were paused. Later chunks wait for earlier ones.
          const wait = waiting ? delivered[stream].then(() => options.onOutput?.(stream, chunk)) : options.onOutput?.(stream, chunk)
          if (!wait) return
          waiting++
          child[stream]?.pause()
          delivered[stream] = wait
            .catch(() => undefined)
            .then(() => {
              if (--waiting === 0) child[stream]?.resume()
            })
        })
      }
      let resolveDone: (end: ExecResult) => void = () => undefined
      const done = new Promise<ExecResult>((resolve) => {
        resolveDone = resolve
        child.once('close', async (status, signal) => {
          // All output is delivered before the end is reported.
          await Promise.all(Object.values(delivered))
          resolve({ status: status ?? undefined, ...(signal && { signal: signal.replace(/^SIG/, ''), lost: `ended by ${signal}` }) })
        })
        child.once('error', (error) => resolve({ status: undefined, lost: error.message }))
      })
      // The end of a command is reported by `done`, not by the pipe.
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
          remedy: 'install it, or add its folder to PATH',
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
          // A session notices the end of its input; a plain command and its children get a signal.
          stdin.destroy()
          for (const stream of [child.stdout, child.stderr]) stream?.destroy()
          // A terminal that is closed sends this signal.
          if (terminal) child.kill('SIGHUP')
          // Processes that the command started may ignore every signal, so closing does not wait for them. Nor does an SSH channel.
          resolveDone({ status: undefined, lost: 'closed' })
          child.unref()
        },
        done,
      }
      running.add(command)
      done.then(() => {
        running.delete(command)
        options.signal?.removeEventListener('abort', endGroup)
      })
      return command
    },
    async close() {
      for (const command of running) command.close()
    },
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // The group has ended already.
  }
}
